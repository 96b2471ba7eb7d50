/** What one folder of the library holds: checkpoint files, and folders in the diffusers layout. */

import { readdir, realpath, stat } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { LIMITS } from "../limits.ts";
import { KIND_FOLDER_NAMES, type LibraryKind } from "./library-places.ts";
import { isPickle } from "./pickle.ts";

/** A file or folder that can be asked for by name. */
export interface FolderEntry {
  /** Path from the folder without extension, `/` between its parts: `hero`, `sd15/hero`. */
  readonly longName: string;
  /** Absolute: a file, or a folder in the diffusers layout. */
  readonly path: string;
}

/**
 * Everything of a kind below a folder, sorted by path. Hidden files (unfinished downloads) are left out, and pickles beside their
 * `.safetensors` version. A folder that is not there, or may not be read, is empty.
 */
export async function readLibraryFolder(kind: LibraryKind, root: string): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  let seen = 0;
  // Links may lead round in a ring.
  const visited = new Set<string>();
  const add = (from: string, path: string) =>
    entries.push({ longName: stem(relative(root, from)).split(sep).join("/"), path });

  async function search(folder: string, depth: number): Promise<void> {
    const real = await realpath(folder).catch(() => folder);
    if (visited.has(real)) return;
    visited.add(real);
    const names = await readdir(folder).catch((): string[] => []);
    for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
      if (name.startsWith(".") || ++seen > LIMITS.library.entries) continue;
      const path = join(folder, name);
      const usable = await usablePath(kind, path);
      if (usable !== undefined) add(path, usable);
      else if (
        depth < LIMITS.library.depth &&
        !KIND_FOLDER_NAMES.has(name.toLowerCase()) &&
        !(await isPart(path))
      )
        await search(path, depth + 1);
    }
  }

  await search(root, 1);
  const safe = new Set(entries.filter(({ path }) => !isPickle(path)).map(({ longName }) => longName));
  return entries.filter(({ path, longName }) => !isPickle(path) || !safe.has(longName));
}

/**
 * What a path gives for a kind: a checkpoint, network or pickle itself, a folder in the diffusers layout, or the one file that diffusers saves
 * in a folder of this kind. Undefined when it is nothing of that kind.
 */
export async function usablePath(kind: LibraryKind, path: string): Promise<string | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (kind === "network") return status?.isFile() && isOnnx(path) ? path : undefined;
  if (status?.isFile()) return /\.safetensors$/i.test(path) || isPickle(path) ? path : undefined;
  if (!status?.isDirectory()) return undefined;
  const telltale = join(path, TELLTALES[kind]);
  if (!(await isFile(telltale))) return undefined;
  return telltale.endsWith(".safetensors") ? telltale : path;
}

/** The file that makes a folder something of that kind. */
const TELLTALES: Readonly<Record<Exclude<LibraryKind, "network">, string>> = {
  model: "model_index.json",
  lora: "pytorch_lora_weights.safetensors",
  embedding: "learned_embeds.safetensors",
  controlnet: "config.json",
  vae: "config.json",
};

/** `hero.safetensors` → `hero`; `v1.5` stays as it is. */
export function stem(path: string): string {
  const hasExtension = /\.safetensors$/i.test(path) || isOnnx(path) || isPickle(path);
  return hasExtension ? path.slice(0, -extname(path).length) : path;
}

/** A network in a file of its own. */
export function isOnnx(path: string): boolean {
  return /\.onnx$/i.test(path);
}

/** A network of its own in the diffusers layout, such as a depth model: its weights are no entry. */
async function isPart(folder: string): Promise<boolean> {
  return await isFile(join(folder, "config.json"));
}

async function isFile(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => undefined);
  return status?.isFile() ?? false;
}
