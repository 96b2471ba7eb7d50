/** From what the user calls a model to its folder or file. */

import { readdir, stat } from "node:fs/promises";
import { basename, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ModelError } from "../errors.ts";
import { printable } from "../printable.ts";

/** Models that come with the package; the path is the same from `src/models/` and from `dist/models/`. */
const EMBEDDED_MODELS = fileURLToPath(new URL("../../presets/models/", import.meta.url));

/**
 * The place of a model: an embedded model's name such as `storybook`, or a path to a folder in the diffusers layout or to a single-file
 * checkpoint.
 *
 * @param nameOrPath as in the schedule's `model`
 * @param baseFolder that relative paths start from: the schedule's folder, or the working directory for a flag
 * @returns absolute path of a folder that has a `model_index.json`, or of a `.safetensors` file
 * @throws ModelError that lists what there is and how to add a model
 */
export async function findModel(nameOrPath: string, baseFolder: string): Promise<string> {
  const isName = /^[\w-][\w.-]*$/.test(nameOrPath);
  if (isName) {
    const embedded = join(EMBEDDED_MODELS, nameOrPath);
    if (await isFile(join(embedded, "model_index.json"))) return embedded;
  }
  refusePickle(nameOrPath);
  const path = isAbsolute(nameOrPath) ? nameOrPath : resolve(baseFolder, nameOrPath);
  const isCheckpoint = /\.safetensors$/i.test(path);
  if (await isFile(isCheckpoint ? path : join(path, "model_index.json"))) return path;
  throw new ModelError(await describeAbsence(path), {
    where: printable(path),
    hint: await describeChoices(),
  });
}

async function describeAbsence(path: string): Promise<string> {
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) return "there is no such model";
  return status.isDirectory()
    ? "this is no model folder: it has no `model_index.json`"
    : "expected a folder or a .safetensors file";
}

/** Names of the embedded models, sorted. */
export async function listEmbeddedModels(): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(EMBEDDED_MODELS).catch(() => [])) {
    if (await isFile(join(EMBEDDED_MODELS, entry, "model_index.json"))) names.push(entry);
  }
  return names.toSorted();
}

function refusePickle(nameOrPath: string): void {
  const name = printable(basename(nameOrPath));
  if (!/\.(ckpt|pt|pth|bin|pkl)$/i.test(name)) return;
  throw new ModelError(
    `\`${name}\` is a Python pickle, which can run any code when it is opened, so it is never loaded`,
    {
      hint: "Download the model's .safetensors version: the checkpoint file, or the folder in the diffusers layout.",
    },
  );
}

async function describeChoices(): Promise<string> {
  const embedded = await listEmbeddedModels();
  const available =
    embedded.length === 0 ? "No model is embedded." : `Embedded models: ${embedded.join(", ")}.`;
  return `${available} To use another, download a Stable Diffusion 1.x model as a .safetensors checkpoint or as a folder in the diffusers layout, and give its path.`;
}

async function isFile(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => undefined);
  return status?.isFile() ?? false;
}
