/** Puts the tiny SDXL together as a folder of ONNX exports: graphs of one fixture, weights and tokenizers of another. */

import { copyFile, cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const fixture = (path: string) => fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));
const GRAPHS = fixture("tiny-sdxl-onnx");
const MODEL = fixture("tiny-sdxl");
/** The weights that each graph looks for in its `model.onnx_data`. */
const WEIGHTS: Readonly<Record<string, string>> = {
  text_encoder: "text_encoder/model.safetensors",
  text_encoder_2: "text_encoder_2/model.safetensors",
  unet: "unet/diffusion_pytorch_model.safetensors",
  vae_encoder: "vae/diffusion_pytorch_model.safetensors",
  vae_decoder: "vae/diffusion_pytorch_model.safetensors",
};

/** Writes it into an empty folder. */
export async function writeSdxlExport(folder: string): Promise<void> {
  for (const part of ["scheduler", "tokenizer", "tokenizer_2", "model_index.json"]) {
    await cp(join(MODEL, part), join(folder, part), { recursive: true });
  }
  for (const [part, weights] of Object.entries(WEIGHTS)) {
    await cp(join(GRAPHS, part), join(folder, part), { recursive: true });
    await copyFile(join(MODEL, weights), join(folder, part, "model.onnx_data"));
  }
}
