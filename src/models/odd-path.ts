/** What a path leads to that is nothing to load, in words, with what to do about it. */

import { lstat, readdir, readlink, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { systemErrorCode } from "../files.ts";
import { printable } from "../printable.ts";
import { readJsonObject } from "./config.ts";
import { recognizeFile } from "./foreign-file.ts";

export interface OddPath {
  readonly what: string;
  /** Undefined where only a list of what there is helps. */
  readonly hint?: string;
}

const INDEX = "model_index.json";
/** A message is no listing. */
const MAX_NAMES = 4;
const FORBIDDEN: OddPath = {
  what: "it may not be read: permission denied",
  hint: "Give yourself the right to read it and to enter the folders above it (`chmod -R u+rX`), or copy it to a place of your own.",
};

/**
 * @param noun what was looked for: `model`, `VAE`
 * @returns undefined when there is nothing at the path
 */
export async function describeOddPath(path: string, noun: string): Promise<OddPath | undefined> {
  try {
    const status = await stat(path);
    if (status.isDirectory()) return await describeFolder(path, noun);
    if (status.isFile()) return await describeFile(path);
    return { what: "this is a device, pipe or socket: expected a folder or a .safetensors file" };
  } catch (error) {
    return await describeFailure(path, error);
  }
}

async function describeFolder(folder: string, noun: string): Promise<OddPath> {
  const entries = await readdir(folder, { withFileTypes: true });
  const shown = entries.filter(({ name }) => !name.startsWith("."));
  const names = shown.map(({ name }) => name).toSorted();
  const lack =
    noun === "model"
      ? `this is no model folder: it has no \`${INDEX}\``
      : `this folder holds no ${noun} in the diffusers layout`;
  if (names.length === 0) return { what: `${lack}, it is empty` };
  if (noun === "model") {
    const part = await describePart(folder);
    if (part !== undefined) return part;
  }
  const what = `${lack}, but ${listed(names)}`;
  const weights = shown.find((entry) => !entry.isDirectory() && /\.safetensors$/i.test(entry.name));
  return weights === undefined
    ? { what }
    : { what, hint: `Give the file itself: ${printable(join(folder, weights.name))}` };
}

/** A folder of one network, which says so in its config. */
async function describePart(folder: string): Promise<OddPath | undefined> {
  const config = await readJsonObject(join(folder, "config.json")).catch(() => undefined);
  const architectures: unknown = config?.["architectures"];
  const name: unknown =
    config?.["_class_name"] ?? (Array.isArray(architectures) ? architectures[0] : undefined);
  if (typeof name !== "string") return undefined;
  const whole = dirname(folder);
  const hasIndex = (await stat(join(whole, INDEX)).catch(() => undefined))?.isFile() ?? false;
  return {
    what: `this is one network, \`${printable(name.slice(0, 100))}\`, not a whole model`,
    hint: hasIndex
      ? `Give the folder above it: ${printable(whole)}`
      : `Download the whole model, and give the folder that has \`${INDEX}\`, or the one .safetensors file.`,
  };
}

async function describeFile(file: string): Promise<OddPath> {
  const name = printable(basename(file));
  const foreign = await recognizeFile(file);
  if (foreign !== undefined) return { what: `\`${name}\` is ${foreign.what}`, hint: foreign.hint };
  const what = `\`${name}\` is no model: expected a folder or a .safetensors file`;
  return /\.json$/i.test(name)
    ? { what, hint: `Give the folder that it is in: ${printable(dirname(file))}` }
    : { what };
}

async function describeFailure(path: string, error: unknown): Promise<OddPath | undefined> {
  const code = systemErrorCode(error);
  if (code === "EACCES" || code === "EPERM") return FORBIDDEN;
  const isLink = (await lstat(path).catch(() => undefined))?.isSymbolicLink() ?? false;
  if (!isLink) return undefined;
  if (code === "ELOOP") {
    return { what: "the link leads round in a circle", hint: "Make it anew, to the file or folder itself." };
  }
  return {
    what: `the link leads to \`${printable(await readlink(path))}\`, which is not there`,
    hint: "Make it anew, or put what it led to back in its place.",
  };
}

/** `a.txt, b.txt and 3 more` */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map(printable).join(", ");
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}
