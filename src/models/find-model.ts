/** From what the user calls a model to its folder. */

import { readdir, stat } from "node:fs/promises";
import { basename, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ModelError } from "../errors.ts";
import { printable } from "../printable.ts";

/** Models that come with the package; the path is the same from `src/models/` and from `dist/models/`. */
const EMBEDDED_MODELS = fileURLToPath(new URL("../../presets/models/", import.meta.url));

/**
 * The folder of a model: an embedded model's name such as `storybook`, or a path to a folder in the diffusers layout.
 *
 * @param nameOrPath as in the schedule's `model`
 * @param baseFolder that relative paths start from: the schedule's folder, or the working directory for a flag
 * @returns absolute path of a folder that has a `model_index.json`
 * @throws ModelError that lists what there is and how to add a model; says why when a checkpoint file is given
 */
export async function findModel(nameOrPath: string, baseFolder: string): Promise<string> {
  const isName = /^[\w-][\w.-]*$/.test(nameOrPath);
  if (isName) {
    const embedded = join(EMBEDDED_MODELS, nameOrPath);
    if (await isFile(join(embedded, "model_index.json"))) return embedded;
  }
  refuseCheckpoint(nameOrPath);
  const path = isAbsolute(nameOrPath) ? nameOrPath : resolve(baseFolder, nameOrPath);
  if (await isFile(join(path, "model_index.json"))) return path;
  const status = await stat(path).catch(() => undefined);
  const problem =
    status === undefined ? "there is no such model" : "this is no model folder: it has no `model_index.json`";
  throw new ModelError(problem, {
    where: printable(path),
    hint: await describeChoices(),
  });
}

/** Names of the embedded models, sorted. */
export async function listEmbeddedModels(): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(EMBEDDED_MODELS).catch(() => [])) {
    if (await isFile(join(EMBEDDED_MODELS, entry, "model_index.json"))) names.push(entry);
  }
  return names.toSorted();
}

function refuseCheckpoint(nameOrPath: string): void {
  const name = printable(basename(nameOrPath));
  if (/\.(ckpt|pt|pth|bin|pkl)$/i.test(name)) {
    throw new ModelError(
      `\`${name}\` is a Python pickle, which can run any code when it is opened, so it is never loaded`,
      {
        hint: "Download the model's .safetensors files in the diffusers layout and give the folder.",
      },
    );
  }
  if (/\.safetensors$/i.test(name)) {
    throw new ModelError(`\`${name}\` is a single-file checkpoint, which this version does not load yet`, {
      hint: "Download the same model as a folder in the diffusers layout (model_index.json, unet/, vae/, text_encoder/, tokenizer/, scheduler/) and give the folder.",
    });
  }
}

async function describeChoices(): Promise<string> {
  const embedded = await listEmbeddedModels();
  const available =
    embedded.length === 0 ? "No model is embedded." : `Embedded models: ${embedded.join(", ")}.`;
  return `${available} To use another, download a Stable Diffusion 1.x model as a folder in the diffusers layout and give its path.`;
}

async function isFile(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => undefined);
  return status?.isFile() ?? false;
}
