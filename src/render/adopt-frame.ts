/** A frame from the cache becomes a frame of a run: the files that the run would have written, byte for byte, and its line of the journal. */

import { join } from "node:path";
import { makeFolder, writeFileAtomic } from "../files.ts";
import type { CachedFrame } from "../frame-cache/frame-cache.ts";
import type { CachedPicture } from "../frame-cache/cached-picture.ts";
import { frameFile } from "../frame-file.ts";
import { type PngText, replacePngText } from "../tensor/png-text.ts";
import { sha256 } from "./chain.ts";
import type { JournalEntry, PictureFile } from "./journal-entry.ts";

/** What a frame of the cache is in this run. */
export interface Adoption {
  readonly frame: number;
  /** Chain hash (render/chain.ts). */
  readonly chain: string;
  /** What this run writes into the frame's file. */
  readonly texts: readonly PngText[];
  /** Files of the run by the cache's hashes, which have their own texts; grows with what is written here. */
  readonly known: Map<string, PictureFile>;
}

/**
 * Writes the files of a frame into a run's folder.
 *
 * @param path of the run folder
 * @returns the frame's line, which the journal does not have yet
 * @throws FileError
 */
export async function adoptFrame(
  path: string,
  { picture, state, seconds }: CachedFrame,
  { frame, chain, texts, known }: Adoption,
): Promise<JournalEntry> {
  const write = async (file: string, png: Buffer): Promise<PictureFile> => {
    await writeFileAtomic(join(path, file), png);
    return { file, sha256: sha256(png) };
  };
  const own = await write(frameFile(frame), replacePngText(picture.bytes, texts));
  known.set(picture.sha256, own);

  async function adoptState(one: CachedPicture): Promise<PictureFile> {
    const before = known.get(one.sha256);
    if (before) return before;
    await makeFolder(join(path, "state"));
    const png = replacePngText(one.bytes, []);
    const written = await write(`state/${sha256(png).slice(0, 32)}.png`, png);
    known.set(one.sha256, written);
    return written;
  }

  const { newer, older, colorReference } = state ?? {};
  return {
    frame,
    chain,
    picture: own,
    state: newer
      ? {
          newer: await adoptState(newer),
          older: older ? await adoptState(older) : null,
          colorReference: colorReference ? await adoptState(colorReference) : null,
        }
      : null,
    seconds,
  };
}
