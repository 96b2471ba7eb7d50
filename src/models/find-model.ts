/** From what the user calls a model to its folder or file. */

import { findInLibrary, listEmbedded } from "./library.ts";

/**
 * The place of a model: an embedded model's name such as `storybook`, a path to a folder in the diffusers layout or to a single-file
 * checkpoint, or a name in the library; see {@link findInLibrary}.
 *
 * @param nameOrPath as in the schedule's `model`
 * @param baseFolder that relative paths start from: the schedule's folder, or the working directory for a flag
 * @returns absolute path of a folder that has a `model_index.json`, or of a `.safetensors` file
 * @throws ModelError that lists what there is and how to add a model
 */
export async function findModel(nameOrPath: string, baseFolder: string): Promise<string> {
  return await findInLibrary("model", nameOrPath, baseFolder);
}

/** Names of the embedded models, sorted. */
export async function listEmbeddedModels(): Promise<string[]> {
  return (await listEmbedded("model")).map(({ name }) => name);
}
