/**
 * The folder of one run: finished frames, the state to go on from, and the journal that says which of them to trust.
 *
 *     frames/000031.png   every output frame
 *     state/<hash>.png    pictures of the loop's state that are no output frame (cadence > 1)
 *     journal.ndjson      one line per finished frame, appended and synced after its files
 *
 * A frame counts as finished when its journal line is whole, its chain hash is the one the plan asks for, and its files still have the
 * hashes written there; everything after the first frame that fails is rendered again.
 */

import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, sweepTemporaryFiles, writeFileAtomic } from "../files.ts";
import { frameFile } from "../frame-file.ts";
import type { ByteImage } from "../tensor/image.ts";
import { encodePng, readPngBytes } from "../tensor/picture-file.ts";
import type { PngText } from "../tensor/png-text.ts";
import { sha256 } from "./chain.ts";
import { INITIAL_STATE, type LoopState, type RenderedFrame } from "./frame-loop.ts";
import { openJournal, readJournalLines } from "./journal.ts";

/** A picture of the run: path inside the run folder, and the sha256 of the file. */
interface PictureFile {
  readonly file: string;
  readonly sha256: string;
}

/** One finished frame, one line of the journal. */
export interface JournalEntry {
  readonly frame: number;
  /** Chain hash (render/chain.ts). */
  readonly chain: string;
  readonly picture: PictureFile;
  /** The loop's state after a frame that a run can go on from, such as every diffused one; null after the others. */
  readonly state: {
    readonly newer: PictureFile;
    readonly older: PictureFile | null;
    readonly colorReference: PictureFile | null;
  } | null;
  /** Wall time of the frame. */
  readonly seconds: number;
}

export interface Restored {
  /** Where to go on: `state.nextFrame` is the first frame to render. */
  readonly state: LoopState;
  /** Entries of the frames before it. */
  readonly entries: readonly JournalEntry[];
}

export interface RunFolder {
  readonly path: string;
  /** Stores a frame and its state, then journals it. Throws FileError, leaving no half-written file. */
  save(
    frame: RenderedFrame,
    chain: string,
    seconds: number,
    texts: readonly PngText[],
  ): Promise<JournalEntry>;
  /** The 8-bit picture of a finished frame. */
  readFrame(entry: JournalEntry): Promise<ByteImage>;
  close(): Promise<void>;
}

/**
 * Opens (or makes) the folder of a run and finds how much of `chain`, the plan's hashes, is already there.
 *
 * Frames that belong to another plan are removed, with one exception: when the whole plan is a prefix of what is there (a shorter run of the
 * same schedule), the rest stays for the next longer one.
 *
 * @param path of a folder that this process has locked, see `lockRunFolder`
 */
export async function openRunFolder(
  path: string,
  chain: readonly string[],
  options: { readonly force: boolean },
): Promise<{ folder: RunFolder; restored: Restored }> {
  await makeFolder(join(path, "frames"));
  for (const folder of ["", "frames", "state", "thumbnails"]) await sweepTemporaryFiles(join(path, folder));
  const journalPath = join(path, "journal.ndjson");
  const known = options.force ? [] : await readJournal(journalPath);
  const good = await verifiedPrefix(path, known, chain);
  const usable = good.findLastIndex((entry) => entry.state !== null) + 1;
  const restored = await restore(path, good.slice(0, usable));
  const kept = good.length === chain.length ? known : good.slice(0, usable);
  for (const stale of known.slice(kept.length)) await rm(join(path, stale.picture.file), { force: true });

  const journal = await openJournal(journalPath, kept);
  /** Files of pictures that were stored before: the reference, and with cadence 1 every state picture, is some frame's own file. */
  const stored = new WeakMap<ByteImage, PictureFile>();
  for (const [picture, file] of restoredPictures(restored)) stored.set(picture, file);

  async function store(picture: ByteImage, file: string, texts: readonly PngText[]): Promise<PictureFile> {
    const before = stored.get(picture);
    if (before) return before;
    const png = await encodePng(picture, texts);
    const entry = { file, sha256: sha256(png) };
    await writeFileAtomic(join(path, file), png);
    stored.set(picture, entry);
    return entry;
  }

  async function storeState(picture: ByteImage): Promise<PictureFile> {
    const before = stored.get(picture);
    if (before) return before;
    await makeFolder(join(path, "state"));
    return store(picture, `state/${sha256(picture.data).slice(0, 32)}.png`, []);
  }

  const folder: RunFolder = {
    path,
    async save({ plan, image, state, resumable }, chainHash, seconds, texts) {
      const picture = await store(image, frameFile(plan.frame), texts);
      const { newer, older, colorReference } = state;
      const entry: JournalEntry = {
        frame: plan.frame,
        chain: chainHash,
        picture,
        state: resumable
          ? {
              newer: await storeState(newer!),
              older: older && (await storeState(older)),
              colorReference: colorReference && (await storeState(colorReference)),
            }
          : null,
        seconds,
      };
      await journal.add(entry);
      return entry;
    },
    readFrame: (entry) => readPictureFile(path, entry.picture),
    close: () => journal.close(),
  };
  return { folder, restored };
}

/** Reads the journal up to its first damaged line; a missing journal is an empty one. */
export async function readJournal(path: string): Promise<JournalEntry[]> {
  return await readJournalLines<JournalEntry>(path);
}

/** The leading entries that the plan asks for and whose files are intact. */
async function verifiedPrefix(
  path: string,
  entries: readonly JournalEntry[],
  chain: readonly string[],
): Promise<JournalEntry[]> {
  const verified: JournalEntry[] = [];
  const intact = new Map<string, boolean>();
  const isIntact = async (picture: PictureFile | null) => {
    if (picture === null) return true;
    const known = intact.get(picture.file);
    if (known !== undefined) return known;
    const bytes = await readFile(join(path, picture.file)).catch(() => undefined);
    const good = bytes !== undefined && sha256(bytes) === picture.sha256;
    intact.set(picture.file, good);
    return good;
  };
  for (const [index, entry] of entries.entries()) {
    if (entry.chain !== chain[index]) break;
    const { newer = null, older = null, colorReference = null } = entry.state ?? {};
    const files = await Promise.all([entry.picture, newer, older, colorReference].map(isIntact));
    if (!files.every(Boolean)) break;
    verified.push(entry);
  }
  return verified;
}

/** The restored pictures and the files they came from. */
function restoredPictures({ state, entries }: Restored): [ByteImage, PictureFile][] {
  const files = entries.at(-1)?.state;
  if (!files) return [];
  const pairs = [
    [state.newer, files.newer],
    [state.older, files.older],
    [state.colorReference, files.colorReference],
  ] as const;
  return pairs.flatMap(([picture, file]): [ByteImage, PictureFile][] =>
    picture && file ? [[picture, file]] : [],
  );
}

async function restore(path: string, entries: readonly JournalEntry[]): Promise<Restored> {
  const last = entries.at(-1);
  if (!last?.state) return { state: INITIAL_STATE, entries: [] };
  const { newer, older, colorReference } = last.state;
  return {
    state: {
      nextFrame: entries.length,
      newer: await readPictureFile(path, newer),
      older: older && (await readPictureFile(path, older)),
      colorReference: colorReference && (await readPictureFile(path, colorReference)),
    },
    entries,
  };
}

function readPictureFile(path: string, { file }: PictureFile): Promise<ByteImage> {
  return readPngBytes(join(path, file));
}
