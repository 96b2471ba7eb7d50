/** A folder of pictures as references: each is decoded once, small, several at a time. */

import { availableParallelism } from "node:os";
import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { AnimateError, FileError } from "../errors.ts";
import { naturalOrder } from "../natural-order.ts";
import { readShrunkPicture } from "../tensor/picture-file.ts";
import type { Reference } from "./find-copies.ts";
import { printPicture } from "./picture-print.ts";
import { preparePrint } from "./prepared-print.ts";

export interface References {
  /** In natural order of their paths. */
  readonly list: readonly Reference[];
  /** Files that look like pictures by their names and could not be read. */
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
}

const PICTURES = new Set([".png", ".jpg", ".jpeg", ".webp"]);
/** Longer side that pictures are decoded at; four times what a print keeps. */
const DECODED_SIDE = 256;

/** All pictures of a folder and the folders in it, absolute. @throws FileError when the folder cannot be read, or has none */
export async function listPictures(folder: string): Promise<string[]> {
  const status = await stat(folder).catch(() => undefined);
  if (!status?.isDirectory()) {
    throw new FileError(status ? "expected a folder of pictures, found a file" : "there is no such folder", {
      where: folder,
      hint: "give the folder that holds the pictures",
    });
  }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory() && PICTURES.has(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted(naturalOrder);
  if (files.length > 0) return files;
  throw new FileError("there are no pictures in the folder", {
    where: folder,
    hint: `expected files named ${[...PICTURES].join(", ")}`,
  });
}

/**
 * Reads all pictures of a folder and the folders in it. Only their prints stay in memory, 6 kB each.
 *
 * @param onRead called after each file
 * @throws FileError when there is no folder, or not a single picture in it can be read
 */
export async function readReferences(
  folder: string,
  onRead: (read: number, count: number) => void = () => {},
): Promise<References> {
  const files = await listPictures(folder);
  const found: (Reference | undefined)[] = Array.from(files, () => undefined);
  const unreadable: { file: string; reason: string }[] = [];
  let next = 0;
  let read = 0;
  async function readSome(): Promise<void> {
    while (next < files.length) {
      const index = next++;
      const file = files[index]!;
      try {
        const picture = await readShrunkPicture(file, DECODED_SIDE);
        found[index] = { file, print: preparePrint(printPicture(picture)) };
      } catch (error) {
        if (!(error instanceof AnimateError)) throw error;
        unreadable.push({ file, reason: error.message });
      }
      onRead(++read, files.length);
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, readSome));
  const list = found.filter((reference) => reference !== undefined);
  if (list.length > 0)
    return { list, unreadable: unreadable.toSorted((a, b) => naturalOrder(a.file, b.file)) };
  throw new FileError(`none of the ${files.length} pictures in the folder can be read`, {
    where: folder,
    hint: `the first: ${unreadable[0]!.file}: ${unreadable[0]!.reason}`,
  });
}
