/** Reads a ControlNet: a folder in the diffusers layout, or a single `.safetensors` file with the names of diffusers or of the first release. */

import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ModelError } from "../errors.ts";
import { readControlNetConfig, type ControlNetConfig } from "./controlnet-config.ts";
import { checkControlNet } from "./controlnet.ts";
import { readClassName } from "./config.ts";
import { refuseForeignClass, refuseForeignControl } from "./foreign-control.ts";
import { inferDiffusersControlNet } from "./infer-controlnet.ts";
import { inferControlNetConfig, ldmControlNames, ldmControlPrefix } from "./ldm-controlnet.ts";
import type { NetworkFiles } from "./model-files.ts";
import { hashFile, hashModel } from "./model-hash.ts";
import { readSafetensors } from "./safetensors.ts";
import { openWeights, SAME_NAME, weightsIn } from "./weights.ts";

export interface ControlNetFiles extends NetworkFiles<ControlNetConfig> {
  /** Shown to people: the folder's name, or the file's without `.safetensors`. */
  readonly name: string;
  /** sha256, hex. */
  readonly hash: string;
}

const CONFIG = "config.json";
const WEIGHTS = "diffusion_pytorch_model";
const INCOMPLETE =
  "The ControlNet is incomplete or of another kind; download it again and compare its sha256.";
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
  const config = await readClassedConfig(join(folder, CONFIG));
  const weights = await openWeights(folder, WEIGHTS);
  const hash = await hashModel(folder, [join(folder, CONFIG), ...weights.files]);
  return { name: basename(resolve(folder)), config, weights, hash };
}

async function readFile(file: string): Promise<ControlNetFiles> {
  const stored = await readSafetensors(file);
  const name = basename(file).replace(/\.safetensors$/i, "");
  refuseForeignControl(file, stored.tensors.keys());
  const prefix = ldmControlPrefix(stored);
  if (prefix !== undefined) {
    const config = inferControlNetConfig(stored, prefix);
    const weights = weightsIn(file, stored, {
      spellings: [ldmControlNames(config, prefix)],
      includes: (tensor) => tensor.startsWith(prefix),
      hint: INCOMPLETE,
    });
    return { name, config, weights, hash: await hashFile(file) };
  }
  if (!stored.tensors.has("controlnet_mid_block.weight")) {
    throw new ModelError(`\`${basename(file)}\` is no ControlNet`, {
      where: file,
      hint: "Give a ControlNet for Stable Diffusion 1.x, 2.x or SDXL, as a .safetensors file (control_v11p_sd15_canny.safetensors) or as a folder in the diffusers layout.",
    });
  }
  const weights = weightsIn(file, stored, { spellings: [SAME_NAME], includes: () => true, hint: INCOMPLETE });
  // Its own config tells more than its tensors: numbers of attention heads, for one.
  const beside = join(dirname(file), CONFIG);
  const isBeside =
    file.startsWith(join(dirname(file), WEIGHTS)) && (await stat(beside).catch(() => undefined));
  if (isBeside) {
    const config = await readClassedConfig(beside);
    return { name, config, weights, hash: await hashModel(dirname(file), [beside, file]) };
  }
  return { name, config: inferDiffusersControlNet(stored), weights, hash: await hashFile(file) };
}

async function readClassedConfig(file: string): Promise<ControlNetConfig> {
  refuseForeignClass(file, await readClassName(file));
  return await readControlNetConfig(file);
}
