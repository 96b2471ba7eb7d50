/** A frame from the cache becomes a frame of a run: the files that the run would have written, byte for byte, and its line of the journal. */

import { join } from "node:path";
import { makeFolder, writeFileAtomic } from "../files.ts";
import type { CachedFrame } from "../frame-cache/frame-cache.ts";
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
  /** Files of the run that are known to be there, by their names; grows with what is written here. */
  readonly files: Map<string, PictureFile>;
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
  { picture, state, seconds, contents }: CachedFrame,
  { frame, chain, texts, files }: Adoption,
): Promise<JournalEntry> {
  async function write(file: string, png: Buffer): Promise<PictureFile> {
    await writeFileAtomic(join(path, file), png);
    const written = { file, sha256: sha256(png) };
    files.set(file, written);
    return written;
  }

  /** A state names a frame's file where its picture is that frame's, here as there: frames before it are the same in both runs. */
  async function adoptState(one: PictureFile): Promise<PictureFile> {
    const before = files.get(one.file);
    if (before) return before;
    await makeFolder(join(path, "state"));
    const png = replacePngText(contents.get(one.sha256)!, []);
    const isFrame = !one.file.startsWith("state/");
    return await write(isFrame ? `state/${sha256(png).slice(0, 32)}.png` : one.file, png);
  }

  const own = await write(frameFile(frame), replacePngText(contents.get(picture.sha256)!, texts));
  return {
    frame,
    chain,
    picture: own,
    state: state && {
      newer: await adoptState(state.newer),
      older: state.older && (await adoptState(state.older)),
      colorReference: state.colorReference && (await adoptState(state.colorReference)),
    },
    seconds,
  };
}
