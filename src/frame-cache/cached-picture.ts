/** Picture files of the cache, each under its sha256: `pictures/3f/3f….png`. */

import { createHash } from "node:crypto";
import { constants, copyFile, link, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "./replace-file.ts";

/** Gives a file a second name; fails across file systems. */
export type Link = (existing: string, added: string) => Promise<void>;

/** Folder of the cache that has the pictures. */
export const PICTURES = "pictures";

export function picturePath(cache: string, hash: string): string {
  return join(cache, PICTURES, hash.slice(0, 2), `${hash}.png`);
}

/**
 * Takes a file into the cache: as a second name of the same file where that can be, which costs no room as long as the first one is there, else
 * as a copy. One that is there already is replaced: the file at hand is known to be right, and not yet deleted.
 *
 * @throws the system error
 */
export async function addPicture(
  cache: string,
  file: string,
  hash: string,
  makeLink: Link = link,
): Promise<void> {
  await replaceFile(picturePath(cache, hash), async (temporary) => {
    try {
      await makeLink(file, temporary);
    } catch {
      await copyFile(file, temporary, constants.COPYFILE_FICLONE);
    }
  });
}

/** Makes a picture of the cache a second name of an equal file, which saves its room; where that cannot be, nothing changes. */
export async function sharePicture(
  cache: string,
  file: string,
  hash: string,
  makeLink: Link = link,
): Promise<void> {
  await replaceFile(picturePath(cache, hash), (temporary) => makeLink(file, temporary)).catch(() => {});
}

/** A picture with the content that its name says; undefined when it is not there. A damaged one is removed. */
export async function readPicture(cache: string, hash: string): Promise<Buffer | undefined> {
  const path = picturePath(cache, hash);
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  if (sha256(bytes) === hash) return bytes;
  await rm(path, { force: true }).catch(() => {});
  return undefined;
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
