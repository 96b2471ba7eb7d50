/** Reads a ControlNet: a folder in the diffusers layout, or a single `.safetensors` file of the first release's layout. */

import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { ModelError } from "../errors.ts";
import { readControlNetConfig, type ControlNetConfig } from "./controlnet-config.ts";
import { checkControlNet } from "./controlnet.ts";
import { inferControlNetConfig, ldmControlNames, ldmControlPrefix } from "./ldm-controlnet.ts";
import type { NetworkFiles } from "./model-files.ts";
import { hashFile, hashModel } from "./model-hash.ts";
import { readSafetensors } from "./safetensors.ts";
import { openWeights, weightsIn } from "./weights.ts";

export interface ControlNetFiles extends NetworkFiles<ControlNetConfig> {
  /** Shown to people: the folder's name, or the file's without `.safetensors`. */
  readonly name: string;
  /** sha256, hex. */
  readonly hash: string;
}

const CONFIG = "config.json";
const WEIGHTS = "diffusion_pytorch_model";
/** CLIP's, for the check only; graphs are built for the tokens they are given. */
const POSITIONS = 77;

/**
 * Reads a ControlNet and checks that all of its weights are there.
 *
 * @param path of the folder, which has `config.json` and `diffusion_pytorch_model.safetensors`, or of the file
 * @throws ModelError that names what is missing, unknown or of another shape
 */
export async function readControlNet(path: string): Promise<ControlNetFiles> {
  const status = await stat(path).catch(() => undefined);
  const files = status?.isFile() ? await readFile(path) : await readFolder(path);
  checkControlNet(files.config, files.weights, POSITIONS);
  return files;
}

async function readFolder(folder: string): Promise<ControlNetFiles> {
  const config = await readControlNetConfig(join(folder, CONFIG));
  const weights = await openWeights(folder, WEIGHTS);
  const hash = await hashModel(folder, [join(folder, CONFIG), weights.file]);
  return { name: basename(resolve(folder)), config, weights, hash };
}

async function readFile(file: string): Promise<ControlNetFiles> {
  const stored = await readSafetensors(file);
  const prefix = ldmControlPrefix(stored);
  if (prefix === undefined) {
    const hint = stored.tensors.has("controlnet_mid_block.weight")
      ? "It has diffusers' names: give the folder that has it and its config.json."
      : "Give a ControlNet for Stable Diffusion 1.x, as a .safetensors file (control_v11p_sd15_canny.safetensors) or as a folder in the diffusers layout.";
    throw new ModelError(`\`${basename(file)}\` is no ControlNet of the original layout`, {
      where: file,
      hint,
    });
  }
  const config = inferControlNetConfig(stored, prefix);
  const weights = weightsIn(file, stored, {
    spellings: [ldmControlNames(config, prefix)],
    includes: (name) => name.startsWith(prefix),
    hint: "The ControlNet is incomplete or not for Stable Diffusion 1.x; download it again and compare its sha256.",
  });
  return { name: basename(file).replace(/\.safetensors$/i, ""), config, weights, hash: await hashFile(file) };
}
