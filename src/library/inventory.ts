/** Everything that schedules can name, with what it is, how big, and where it came from. */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { listLibrary, type LibraryEntry } from "../models/library.ts";
import { LIBRARY_KINDS, libraryRoot, type LibraryEnvironment } from "../models/library-places.ts";
import { isPickle } from "../models/pickle.ts";
import { recognizeKind } from "../models/recognize-kind.ts";
import { PARTIAL_FOLDER } from "./pull.ts";
import { readReceipt } from "./receipt.ts";
import { AnimateError } from "../errors.ts";

export interface InventoryItem extends LibraryEntry {
  /** `SD 1.x` and so on; undefined where the file does not say. */
  readonly family: string | undefined;
  readonly bytes: number;
  /** Why it cannot be used; undefined if nothing speaks against it. */
  readonly problem: string | undefined;
  /** Repository and license of what was pulled. */
  readonly source: { readonly repo: string; readonly license: string } | undefined;
}

export interface Inventory {
  readonly items: readonly InventoryItem[];
  readonly root: string;
  /** Bytes of unfinished downloads. */
  readonly unfinishedBytes: number;
}

/** @param folder that `models/`, `loras/` and so on may stand in, beside the library: the working directory */
export async function takeInventory(
  folder: string,
  environment: LibraryEnvironment = process.env,
): Promise<Inventory> {
  const root = libraryRoot(environment);
  const items: InventoryItem[] = [];
  for (const kind of LIBRARY_KINDS) {
    for (const entry of await listLibrary(kind, folder, environment)) items.push(await describe(entry, root));
  }
  return { items, root, unfinishedBytes: await sizeOf(join(root, PARTIAL_FOLDER)) };
}

async function describe(entry: LibraryEntry, root: string): Promise<InventoryItem> {
  const { kind, path, longName, place } = entry;
  const receipt = place === "library" ? await readReceipt(root, kind, longName) : undefined;
  const source = receipt && { repo: receipt.repo, license: receipt.license.name };
  const bytes = await sizeOf(path);
  if (isPickle(path))
    return { ...entry, family: undefined, bytes, problem: "a Python pickle, never loaded", source };
  try {
    // Of a LoRA that diffusers saved in a folder, the path is the file in it.
    const found = await recognizeKind(path);
    const isOther = found !== undefined && found.kind !== kind;
    return {
      ...entry,
      family: found?.family,
      bytes,
      problem: isOther ? `of the kind ${found.kind}, in the folder for another` : undefined,
      source,
    };
  } catch (error) {
    if (!(error instanceof AnimateError)) throw error;
    return { ...entry, family: undefined, bytes, problem: error.message, source };
  }
}

/** Bytes of a file, or of all files in a folder; links in it are followed, as loaders do. */
async function sizeOf(path: string): Promise<number> {
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) return 0;
  if (!status.isDirectory()) return status.size;
  const children = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = children.filter((child) => !child.isDirectory());
  const sizes = await Promise.all(
    files.map(
      async ({ parentPath, name }) => (await stat(join(parentPath, name)).catch(() => undefined))?.size ?? 0,
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
