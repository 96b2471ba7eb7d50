/** Puts ONNX exports of the tiny models together: graphs of one fixture, weights and configs of others. */

import { copyFile, cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const fixture = (path: string) => fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));
const GRAPHS = fixture("tiny-onnx-variants");
const PARTS = ["text_encoder", "unet", "vae_encoder", "vae_decoder"];

/** Writes the tiny model of Stable Diffusion 1.x in half precision into an empty folder. */
export async function writeHalfExport(folder: string): Promise<void> {
  for (const part of [
    "scheduler",
    "tokenizer",
    "model_index.json",
    ...PARTS.map((name) => `${name}/config.json`),
  ]) {
    await cp(fixture(`tiny-sd15-onnx/${part}`), join(folder, part), { recursive: true });
  }
  for (const part of PARTS) {
    await copyFile(join(GRAPHS, "fp16", part, "model.onnx"), join(folder, part, "model.onnx"));
    await copyFile(
      fixture("tiny-sd15-singlefile/tiny-fp16.safetensors"),
      join(folder, part, "model.onnx_data"),
    );
  }
}

/** Writes the same model in full precision with the UNet of a latent consistency model. */
export async function writeLcmExport(folder: string): Promise<void> {
  await cp(fixture("tiny-sd15-onnx"), folder, { recursive: true });
  const unet = join(folder, "unet");
  await copyFile(join(GRAPHS, "lcm/unet/model.onnx"), join(unet, "model.onnx"));
  await copyFile(fixture("tiny-lcm/unet/config.json"), join(unet, "config.json"));
  await copyFile(fixture("tiny-lcm/unet/diffusion_pytorch_model.safetensors"), join(unet, "model.onnx_data"));
}
