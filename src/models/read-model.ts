/** Reads a model in whichever layout its files are. */

import { stat } from "node:fs/promises";
import type { ModelFiles } from "./model-files.ts";
import { readModelFolder } from "./model-folder.ts";
import { readSingleFile } from "./single-file.ts";

/**
 * Reads a folder in the diffusers layout, or a single-file checkpoint.
 *
 * @param path absolute, or relative to the working directory
 * @throws ModelError that names the file and what is missing, unknown or of another shape
 */
export async function readModel(path: string): Promise<ModelFiles> {
  const status = await stat(path).catch(() => undefined);
  return status?.isFile() ? await readSingleFile(path) : await readModelFolder(path);
}
