/** Reads a VAE on its own: a folder or file in the diffusers layout, a file in the layout of checkpoints, or the VAE in a checkpoint. */

import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ModelError } from "../errors.ts";
import { buildDecoder, buildEncoder, type AutoencoderConfig } from "./autoencoder.ts";
import { readClassName } from "./config.ts";
import { inferVaeConfig } from "./ldm-configs.ts";
import { LDM_VAE, ldmVaeNames } from "./ldm-names.ts";
import type { NetworkFiles } from "./model-files.ts";
import { hashModel } from "./model-hash.ts";
import type { Family } from "./model.ts";
import { readSafetensors, type SafetensorsFile } from "./safetensors.ts";
import { inferTaesdConfig, readTaesdConfig } from "./taesd.ts";
import { findTaesdHalf, readTaesdHalves, taesdHalf } from "./taesd-halves.ts";
import { OLD_ATTENTION_NAMES } from "./vae.ts";
import { readVaeConfig, vaeFactor } from "./vae-config.ts";
import { openWeights, SAME_NAME, weightsIn } from "./weights.ts";

const CONFIG = "config.json";
const HINT = "The VAE is incomplete or of another model; download it again and compare its sha256.";

export interface VaeFiles extends NetworkFiles<AutoencoderConfig> {
  /** Config and weights, absolute paths. */
  readonly usedFiles: readonly string[];
}

/**
 * Reads a VAE that shall stand in for a model's own and checks that all of its weights are there. Its weights stay where they are.
 *
 * @param path of a `.safetensors` file (for TAESD, also one of its author's two files), of a folder with `config.json` or those two, or of
 *   a model's folder, whose `vae/` is taken
 * @param family of the model, which decides the scale of latents where no config tells
 * @throws ModelError that names what is missing, unknown or of another shape
 */
export async function readVae(path: string, family: Family): Promise<VaeFiles> {
  const status = await stat(path).catch(() => undefined);
  const files = status?.isFile() ? await readFile(path, family) : await readFolder(path, family);
  const factor = vaeFactor(files.config);
  const smallest = { batch: 1, height: factor, width: factor };
  buildEncoder(files.config, files.weights, smallest);
  buildDecoder(files.config, files.weights, smallest);
  return files;
}

/** sha256 over its files, 64 hex digits. */
export async function hashVae({ weights, usedFiles }: VaeFiles): Promise<string> {
  return await hashModel(dirname(weights.file), usedFiles);
}

/** Reads a VAE's `config.json`, of whichever kind it is. @throws ModelError that names each option that cannot be run */
export async function readAutoencoderConfig(file: string): Promise<AutoencoderConfig> {
  const kind = await readClassName(file);
  return kind === "AutoencoderTiny" ? await readTaesdConfig(file) : await readVaeConfig(file);
}

async function readFolder(path: string, family: Family): Promise<VaeFiles> {
  const inner = await stat(join(path, "vae", CONFIG)).catch(() => undefined);
  const folder = inner?.isFile() ? join(path, "vae") : path;
  const configured = await stat(join(folder, CONFIG)).catch(() => undefined);
  const half = configured === undefined ? await findTaesdHalf(folder, family) : undefined;
  if (half !== undefined) return await readFile(half, family);
  const config = await readAutoencoderConfig(join(folder, CONFIG));
  const weights = await openWeights(folder, "diffusion_pytorch_model", [OLD_ATTENTION_NAMES]);
  return { config, weights, usedFiles: [join(folder, CONFIG), ...weights.files] };
}

async function readFile(file: string, family: Family): Promise<VaeFiles> {
  const whole = await readSafetensors(file);
  const stored = taesdHalf(whole) === undefined ? whole : await readTaesdHalves(file);
  const beside = join(dirname(file), CONFIG);
  const { config, spelling, prefix } = await recognize(file, stored, family, beside);
  const weights = weightsIn(file, stored, {
    spellings: [spelling],
    includes: (name) => name.startsWith(prefix),
    hint: HINT,
  });
  return { config, weights, usedFiles: weights.files };
}

async function recognize(file: string, stored: SafetensorsFile, family: Family, configFile: string) {
  const { tensors } = stored;
  if (tensors.has("decoder.layers.0.weight") && tensors.has("encoder.layers.0.weight")) {
    return { config: inferTaesdConfig(stored), spelling: SAME_NAME, prefix: "" };
  }
  for (const prefix of [LDM_VAE, ""]) {
    if (!tensors.has(`${prefix}encoder.down.0.block.0.conv1.weight`)) continue;
    const config = inferVaeConfig(stored, family, prefix);
    return { config, spelling: ldmVaeNames(config, prefix), prefix };
  }
  if (tensors.has("encoder.down_blocks.0.resnets.0.conv1.weight")) {
    const status = await stat(configFile).catch(() => undefined);
    if (status?.isFile()) {
      return { config: await readVaeConfig(configFile), spelling: SAME_NAME, prefix: "" };
    }
    throw new ModelError("the VAE has diffusers' names, and its `config.json` is not beside it", {
      where: file,
      hint: "Download the config.json of its folder as well, and give the folder.",
    });
  }
  throw new ModelError(`\`${basename(file)}\` is no VAE that is known here`, {
    where: file,
    hint: "Give a VAE as a .safetensors file (vae-ft-mse-840000-ema-pruned.safetensors), a folder in the diffusers layout, or TAESD.",
  });
}
