/** Takes a model out of the library; what a link points to stays. */

import { lstat, readlink, rm, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ModelError } from "../errors.ts";
import { type FolderEntry, readLibraryFolder, stem } from "../models/library-folder.ts";
import { LIBRARY_FOLDERS, LIBRARY_KINDS, type LibraryKind } from "../models/library-places.ts";
import { printable } from "../printable.ts";
import { receiptPath } from "./receipt.ts";

export interface Removal {
  readonly kind: LibraryKind;
  readonly name: string;
  /** File, folder or link in the library. */
  readonly path: string;
  /** What the link points to, which stays; undefined when the library holds the model itself. */
  readonly linkedTo: string | undefined;
}

/**
 * What `name` stands for in the library itself; models beside schedules and in other programs' trees are not ours to remove.
 *
 * @throws ModelError when there is no such thing, or there are several
 */
export async function findRemoval(
  root: string,
  name: string,
  kind: LibraryKind | undefined,
): Promise<Removal> {
  const kinds = kind === undefined ? LIBRARY_KINDS : [kind];
  const all = (await Promise.all(kinds.map((each) => listOwn(root, each)))).flat();
  const wanted = stem(name);
  const exact = all.filter((entry) => entry.longName === wanted);
  const matches = exact.length > 0 ? exact : all.filter(({ longName }) => basename(longName) === wanted);
  const broken = await Promise.all(kinds.map((each) => findBrokenLink(root, each, wanted)));
  const entry = matches[0] ?? broken.find((each) => each !== undefined);
  if (entry === undefined) {
    const names = all.map(({ longName }) => printable(longName)).join(", ");
    throw new ModelError("the library has nothing of that name", {
      where: printable(name),
      hint: names === "" ? `${printable(root)} is empty.` : `It has: ${names}.`,
    });
  }
  if (matches.length > 1) {
    const choices = matches.map((each) => `--kind ${each.kind} ${printable(each.longName)}`).join(", or ");
    throw new ModelError("the library has several things of that name", {
      where: printable(name),
      hint: `Say which: ${choices}.`,
    });
  }
  const path = rootOf(entry, join(root, LIBRARY_FOLDERS[entry.kind]));
  const isLink = (await lstat(path)).isSymbolicLink();
  return {
    kind: entry.kind,
    name: entry.longName,
    path,
    linkedTo: isLink ? await readlink(path) : undefined,
  };
}

/** Removes the files, or the link alone, and the note of where they came from. */
export async function removeModel(root: string, { kind, name, path, linkedTo }: Removal): Promise<void> {
  await (linkedTo === undefined ? rm(path, { recursive: true }) : unlink(path));
  await rm(receiptPath(root, kind, name), { force: true });
}

interface OwnEntry extends FolderEntry {
  readonly kind: LibraryKind;
}

async function listOwn(root: string, kind: LibraryKind): Promise<OwnEntry[]> {
  const entries = await readLibraryFolder(kind, join(root, LIBRARY_FOLDERS[kind]));
  return entries.map((entry) => ({ ...entry, kind }));
}

/** A link whose target has gone is in no list, but can be removed. */
async function findBrokenLink(root: string, kind: LibraryKind, name: string): Promise<OwnEntry | undefined> {
  if (basename(name) !== name) return undefined;
  for (const file of [name, `${name}.safetensors`, `${name}.onnx`]) {
    const path = join(root, LIBRARY_FOLDERS[kind], file);
    const status = await lstat(path).catch(() => undefined);
    if (status?.isSymbolicLink() === true) return { kind, longName: name, path };
  }
  return undefined;
}

/** Of a LoRA that diffusers saved in a folder, the entry is the file in it. */
function rootOf({ path, longName }: OwnEntry, folder: string): string {
  const asFolder = join(folder, longName);
  return dirname(path) === asFolder ? asFolder : path;
}
