/** Reads a model in whichever layout its files are. */

import { stat } from "node:fs/promises";
import type { ModelFiles } from "./model-files.ts";
import { readModelFolder } from "./model-folder.ts";
import { chooseNoise, type NoiseChoice } from "./noise-schedule.ts";
import { readSingleFile } from "./single-file.ts";

/** What a user says about a model's files. */
export interface ReadModelOptions extends NoiseChoice {
  /** Path of a VAE that stands in for the model's own, see `readVae`. */
  readonly vae?: string | undefined;
}

/**
 * Reads a folder in the diffusers layout, or a single-file checkpoint.
 *
 * @param path absolute, or relative to the working directory
 * @throws ModelError that names the file and what is missing, unknown or of another shape
 */
export async function readModel(
  path: string,
  { vae, ...choice }: ReadModelOptions = {},
): Promise<ModelFiles> {
  const status = await stat(path).catch(() => undefined);
  const files = status?.isFile() ? await readSingleFile(path, vae) : await readModelFolder(path, vae);
  return { ...files, schedule: chooseNoise(files.schedule, choice) };
}
