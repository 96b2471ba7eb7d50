/** What a file or folder is for in the library, told by its content: its tensors' names and shapes, or its config. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { LIMITS } from "../limits.ts";
import { readText } from "./config.ts";
import { isOnnx } from "./library-folder.ts";
import type { LibraryKind } from "./library-places.ts";
import { readSafetensors, type SafetensorsFile } from "./safetensors.ts";

export interface RecognizedKind {
  readonly kind: LibraryKind;
  /** `SD 1.x`, `SD 2.x`, `SDXL`, `SDXL refiner`; undefined where the file does not say, as a VAE. */
  readonly family: string | undefined;
}

/** Width of the text embeddings that a network was made for. */
const FAMILIES: ReadonlyMap<number, string> = new Map([
  [768, "SD 1.x"],
  [1024, "SD 2.x"],
  [2048, "SDXL"],
  [1280, "SDXL refiner"],
]);

const LORA =
  /\.(lora_(up|down|mid|A|B)\b|lora\.(up|down)\.|hada_w[12]_|lokr_w[12]|dora_scale$|oft_(blocks|diag)$)/;
const CONTROLNET = /^(control_model\.|zero_convs\.|input_hint_block\.|controlnet_)/;
const UNET = /^model\.diffusion_model\./;
const VAE = /^(first_stage_model\.)?(decoder|encoder)\.(conv_in|layers\.\d+|\d+)\./;
const EMBEDDING = /^(emb_params|clip_[lg]|string_to_param\..*)$/;
/** Text encoders number their layers as small VAEs do. */
const TEXT_ENCODER = /(^|\.)(self_attn|SelfAttention|token_embedding)\./;
/** The layer that reads the text, in the names of LDM, diffusers and LoRA trainers; the last axis of its weight is the text's width. */
const READS_TEXT = /attn2[._]to_k(\.weight$|\.(lora[_.](down|A)\b.*|.*_w[12]_b)$)/;

/**
 * @param path a `.safetensors` or `.onnx` file, or a folder in the diffusers layout; an ONNX file is told by its name alone
 * @returns undefined when it is none of the kinds
 * @throws ModelError when the file is damaged
 */
export async function recognizeKind(path: string): Promise<RecognizedKind | undefined> {
  if (isOnnx(path)) return { kind: "network", family: undefined };
  const status = await stat(path);
  return status.isDirectory() ? await recognizeFolder(path) : recognizeTensors(await readSafetensors(path));
}

function recognizeTensors({ tensors }: SafetensorsFile): RecognizedKind | undefined {
  const names = [...tensors.keys()];
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  const reader = names.find((name) => READS_TEXT.test(name));
  const family = reader === undefined ? undefined : FAMILIES.get(tensors.get(reader)!.dims.at(-1) ?? 0);
  if (has(LORA)) return { kind: "lora", family };
  if (has(CONTROLNET)) return { kind: "controlnet", family };
  if (has(UNET)) return { kind: "model", family };
  if (has(TEXT_ENCODER)) return undefined;
  if (has(VAE)) return { kind: "vae", family: undefined };
  // A file with a word or two: vectors as wide as a text encoder, under names of their own.
  const widths = [...tensors.values()].map(({ dims }) => dims.at(-1) ?? 0);
  const areVectors = [...tensors.values()].every(({ dims }) => dims.length === 1 || dims.length === 2);
  if (
    names.length > 0 &&
    areVectors &&
    (has(EMBEDDING) || (names.length <= 2 && widths.every((w) => FAMILIES.has(w))))
  ) {
    return { kind: "embedding", family: names.length > 1 ? "SDXL" : FAMILIES.get(widths[0]!) };
  }
  return undefined;
}

async function recognizeFolder(folder: string): Promise<RecognizedKind | undefined> {
  if ((await readJson(join(folder, "model_index.json"))) !== undefined) {
    const unet = await readJson(join(folder, "unet", "config.json"));
    // Own widths are those of small models made for SD 1.x code.
    return { kind: "model", family: FAMILIES.get(Number(unet?.["cross_attention_dim"])) ?? "SD 1.x" };
  }
  const config = await readJson(join(folder, "config.json"));
  const name = String(config?.["_class_name"]);
  if (name.startsWith("ControlNet"))
    return { kind: "controlnet", family: FAMILIES.get(Number(config?.["cross_attention_dim"])) };
  if (name.startsWith("Autoencoder")) return { kind: "vae", family: undefined };
  return undefined;
}

/** Undefined when there is no such file, or it is no JSON object. */
async function readJson(file: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const value: unknown = JSON.parse(await readText(file, LIMITS.model.configBytes));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
