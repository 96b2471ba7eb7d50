/**
 * The pictures of a sheet on disk, found again by what they were made from.
 *
 *     pictures/seed-7-6f3a9c1e2b04.png   named by seed and the hash of everything that decides the pixels
 *     pictures.ndjson                    one line per finished picture, appended and synced after its file
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder, sweepTemporaryFiles, writeFileAtomic } from "../files.ts";
import { sha256 } from "../render/chain.ts";
import { openJournal, readJournalLines } from "../render/journal.ts";
import { lockRunFolder } from "../render/run-lock.ts";
import type { ByteImage } from "../tensor/image.ts";
import { encodePng, readPngBytes } from "../tensor/picture-file.ts";
import type { PngText } from "../tensor/png-text.ts";

/** A line of the journal. One with the right hash may still come from anywhere, and its file is opened. */
const lineSchema = z.object({
  hash: z.string(),
  file: z.string().regex(/^pictures\/[\w-]+\.png$/),
  sha256: z.string(),
  seconds: z.number(),
});

export interface FinishedPicture {
  /** Of everything that decides the pixels: the chain hash of frame 0 of an animation with these settings. */
  readonly hash: string;
  /** Path inside the folder. */
  readonly file: string;
  /** Of the file's bytes. */
  readonly sha256: string;
  /** Wall time that it took. */
  readonly seconds: number;
}

export interface FinishedPictures {
  /** The intact picture of that hash, from this run or an earlier one. */
  find(hash: string): Promise<FinishedPicture | undefined>;
  read(picture: FinishedPicture): Promise<ByteImage>;
  /** @throws FileError, leaving no half-written file */
  save(
    image: ByteImage,
    hash: string,
    seed: number,
    seconds: number,
    texts: readonly PngText[],
  ): Promise<FinishedPicture>;
  close(): Promise<void>;
}

/**
 * Opens (or makes) the folder.
 *
 * @param force take no picture of an earlier run
 * @throws RenderError when another process works in it
 */
export async function openFinishedPictures(folder: string, force: boolean): Promise<FinishedPictures> {
  await makeFolder(join(folder, "pictures"));
  const unlock = await lockRunFolder(folder);
  try {
    for (const part of ["", "pictures", "best"]) await sweepTemporaryFiles(join(folder, part));
    const path = join(folder, "pictures.ndjson");
    const lines = force ? [] : await readJournalLines<unknown>(path);
    const entries: FinishedPicture[] = lines.flatMap((line) => lineSchema.safeParse(line).data ?? []);
    const known = new Map(entries.map((entry) => [entry.hash, entry]));
    const journal = await openJournal(path, [...known.values()]);
    return {
      async find(hash) {
        const entry = known.get(hash);
        const bytes = entry && (await readFile(join(folder, entry.file)).catch(() => undefined));
        return bytes && sha256(bytes) === entry.sha256 ? entry : undefined;
      },
      read: ({ file }) => readPngBytes(join(folder, file)),
      async save(image, hash, seed, seconds, texts) {
        const png = await encodePng(image, texts);
        const entry = { hash, file: pictureFile(seed, hash), sha256: sha256(png), seconds };
        await writeFileAtomic(join(folder, entry.file), png);
        await journal.add(entry);
        known.set(hash, entry);
        return entry;
      },
      async close() {
        await journal.close();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

function pictureFile(seed: number, hash: string): string {
  return `pictures/seed-${seed}-${hash.slice(0, 12)}.png`;
}
