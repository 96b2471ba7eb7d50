/** Makes room in the cache: what was not used for the longest time goes first. */

import { rm } from "node:fs/promises";
import { picturesOf } from "./cache-entry.ts";
import { type Contents, fileState, type FileState, readContents } from "./contents.ts";

export interface Collection {
  /** Frames that were removed, and those that stay. */
  readonly removedFrames: number;
  readonly keptFrames: number;
  /** What the files take that stay. */
  readonly keptBytes: number;
  /** Room that the disk has won. */
  readonly freedBytes: number;
  /** Removed here, but a run's folder has these pictures too: the room is won when that is deleted. */
  readonly sharedBytes: number;
}

export interface CollectionOptions {
  /** What may stay; nothing is done where there is no more. */
  readonly limitBytes: number;
  /** What is left where there is more; default: the limit. */
  readonly targetBytes?: number;
  readonly now?: () => number;
}

/** A temporary file of that age belongs to no one: writing takes milliseconds. */
const ABANDONED_MS = 3_600_000;

/**
 * Removes frames until the cache has no more than its limit, and pictures and temporary files that belong to no frame. Frames that others add or
 * use meanwhile stay.
 *
 * Entries go ahead of their pictures; who finds a picture missing has not found the frame.
 */
export async function collectGarbage(
  cache: string,
  { limitBytes, targetBytes = limitBytes, now = Date.now }: CollectionOptions,
): Promise<Collection> {
  const contents = await readContents(cache);
  const { pictures, entries, broken, temporary } = contents;
  const kept = entries.slice(0, countFitting(contents, limitBytes, targetBytes));
  let freedBytes = 0;
  let sharedBytes = 0;
  for (const entry of [...entries.slice(kept.length), ...broken]) {
    if (await removeUnchanged(entry)) freedBytes += entry.bytes;
    // Somebody has used it since, or made it whole.
    else kept.push(entry);
  }
  const needed = new Set(kept.flatMap(({ entry }) => picturesOf(entry)));
  for (const [hash, picture] of pictures) {
    if (needed.has(hash) || !(await removeUnchanged(picture))) continue;
    if (picture.links > 1) sharedBytes += picture.bytes;
    else freedBytes += picture.bytes;
  }
  const abandoned = temporary.filter(({ changed }) => now() - changed > ABANDONED_MS);
  for (const { path } of abandoned) await rm(path, { force: true }).catch(() => {});

  const keptPictures = [...needed].map((hash) => pictures.get(hash)).filter((file) => file !== undefined);
  return {
    removedFrames: entries.length + broken.length - kept.length,
    keptFrames: kept.length,
    keptBytes: [...kept, ...keptPictures].reduce((sum, { bytes }) => sum + bytes, 0),
    freedBytes,
    sharedBytes,
  };
}

/** How many entries, from the latest used on, stay: all within the limit, else those that take no more than the target. */
function countFitting({ pictures, entries }: Contents, limitBytes: number, targetBytes: number): number {
  const counted = new Set<string>();
  let bytes = 0;
  let count = 0;
  for (const { entry, bytes: ownBytes } of entries) {
    bytes += ownBytes;
    for (const hash of picturesOf(entry)) {
      // Frames share pictures; the one that was used last has them.
      if (!counted.has(hash)) bytes += pictures.get(hash)?.bytes ?? 0;
      counted.add(hash);
    }
    if (bytes <= targetBytes) count++;
  }
  return bytes <= limitBytes ? entries.length : count;
}

/** Removes a file unless it has changed or gained a name since it was looked at. @returns whether this has removed it */
async function removeUnchanged({ path, changed }: FileState): Promise<boolean> {
  if ((await fileState(path))?.changed !== changed) return false;
  return await rm(path).then(
    () => true,
    () => false,
  );
}
