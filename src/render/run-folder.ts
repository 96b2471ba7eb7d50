/**
 * The folder of one run: finished frames, the states to go on from, and the journal that says which of them to trust.
 *
 *     frames/000031.png   every output frame
 *     state/<hash>.png    pictures of the loop's state that are no output frame (cadence > 1)
 *     journal.ndjson      one line per finished frame, appended and synced after its files
 *
 * Any set of frames may be finished (see finished-frames.ts). What is missing is rendered in runs, each from the nearest state before it.
 */

import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, sweepTemporaryFiles, writeFileAtomic } from "../files.ts";
import { frameFile } from "../frame-file.ts";
import type { PlaceRange } from "../schedule/shots.ts";
import type { ByteImage } from "../tensor/image.ts";
import { encodePng, readPngBytes } from "../tensor/picture-file.ts";
import type { PngText } from "../tensor/png-text.ts";
import { sha256 } from "./chain.ts";
import { isIntact, JOURNAL_FILE, pickFinished } from "./finished-frames.ts";
import { firstGap } from "./first-gap.ts";
import { INITIAL_STATE, type LoopState, type RenderedFrame } from "./frame-loop.ts";
import { openJournal } from "./journal.ts";
import { type JournalEntry, type PictureFile, readJournal } from "./journal-entry.ts";

export type { JournalEntry } from "./journal-entry.ts";

/** A run of missing frames, and how to get to it. */
export interface Gap extends PlaceRange {
  /** `nextFrame` is the place to begin at: that of the gap, or an earlier one, of which the pictures are there already. */
  readonly state: LoopState;
}

export interface RunFolder {
  readonly path: string;
  /** The entry of each frame of the plan by its place, undefined while it is missing. Grows with every `save` and `add`. */
  readonly finished: readonly (JournalEntry | undefined)[];
  /** The first missing frames of a part of the plan that begins from nothing; undefined when all are there. */
  nextGap(part: PlaceRange): Promise<Gap | undefined>;
  /** Stores a frame and its state, then journals it. Throws FileError, leaving no half-written file. */
  save(
    frame: RenderedFrame,
    chain: string,
    seconds: number,
    texts: readonly PngText[],
  ): Promise<JournalEntry>;
  /** Journals a frame of the plan whose files are in the folder already. Throws FileError. */
  add(entry: JournalEntry): Promise<void>;
  /** The 8-bit picture of a finished frame. */
  readFrame(entry: JournalEntry): Promise<ByteImage>;
  close(): Promise<void>;
}

/**
 * Opens (or makes) the folder of a run and finds which frames of `chain`, the plan's hashes, are already there.
 *
 * Frames that belong to another plan are removed, with one exception: when the plan is a shorter one of the same schedule, what is behind its
 * end stays for the next longer one.
 *
 * @param path of a folder that this process has locked, see `lockRunFolder`
 */
export async function openRunFolder(
  path: string,
  chain: readonly string[],
  options: { readonly force: boolean },
): Promise<RunFolder> {
  await makeFolder(join(path, "frames"));
  for (const folder of ["", "frames", "state", "thumbnails"]) await sweepTemporaryFiles(join(path, folder));
  const journalPath = join(path, JOURNAL_FILE);
  const known = options.force ? [] : await readJournal(journalPath);
  const finished = await pickFinished(path, known, chain);
  const kept = keptEntries(known, finished, chain);
  await removeStale(path, known, kept);

  const journal = await openJournal(journalPath, kept);
  const places = new Map(chain.map((hash, place) => [hash, place]));
  /** Files of pictures that were stored before: the reference, and with cadence 1 every state picture, is some frame's own file. */
  const stored = new WeakMap<ByteImage, PictureFile>();

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

  /** Undefined when it is damaged. A frame that was rendered anew may have other texts in its file than the state was written with. */
  async function readStatePicture(picture: PictureFile): Promise<ByteImage | undefined> {
    const frame = finished.find((entry) => entry?.picture.file === picture.file);
    if (!frame && !(await isIntact(path, picture))) return undefined;
    const image = await readPngBytes(join(path, picture.file));
    stored.set(image, frame?.picture ?? picture);
    return image;
  }

  async function readState({ chain: hash, state }: JournalEntry): Promise<LoopState | undefined> {
    if (state === null) return undefined;
    const newer = await readStatePicture(state.newer);
    const older = state.older && (await readStatePicture(state.older));
    const colorReference = state.colorReference && (await readStatePicture(state.colorReference));
    if (newer === undefined || older === undefined || colorReference === undefined) return undefined;
    return { nextFrame: places.get(hash)! + 1, newer, older, colorReference };
  }

  async function add(entry: JournalEntry): Promise<void> {
    await journal.add(entry);
    finished[places.get(entry.chain)!] = entry;
  }

  return {
    path,
    finished,
    async nextGap(part) {
      const gap = firstGap(part, (place) => finished[place] !== undefined);
      if (gap === undefined) return undefined;
      for (let place = gap.begin - 1; place >= part.begin; place--) {
        const entry = finished[place];
        const state = entry && (await readState(entry));
        if (state) return { ...gap, state };
      }
      return { ...gap, state: { ...INITIAL_STATE, nextFrame: part.begin } };
    },
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
      await add(entry);
      return entry;
    },
    add,
    readFrame: ({ picture }) => readPngBytes(join(path, picture.file)),
    close: () => journal.close(),
  };
}

/**
 * What of the journal still counts: the finished frames, and those of a longer run of the same schedule, which is one that has no other frame
 * in the place of one of this plan's.
 */
function keptEntries(
  known: readonly JournalEntry[],
  finished: readonly (JournalEntry | undefined)[],
  chain: readonly string[],
): JournalEntry[] {
  const asked = new Set(chain);
  const usable = new Set(finished.filter((entry) => entry !== undefined));
  const others = known.filter((entry) => !asked.has(entry.chain));
  const isSameSchedule = usable.size > 0 && others.every(({ frame }) => frame >= chain.length);
  const lasting = new Set(isSameSchedule ? others : []);
  return known.filter((entry) => usable.has(entry) || lasting.has(entry));
}

/** Removes frames whose lines no longer count, and pictures of states that no line names. */
async function removeStale(
  path: string,
  known: readonly JournalEntry[],
  kept: readonly JournalEntry[],
): Promise<void> {
  // A line that stands there twice names a file that stays.
  const keptFiles = new Set(kept.map(({ picture }) => picture.file));
  const stale = known.map(({ picture }) => picture.file).filter((file) => !keptFiles.has(file));
  const named = new Set(
    kept.flatMap(({ state }) => [state?.newer.file, state?.older?.file, state?.colorReference?.file]),
  );
  const states = (await readdir(join(path, "state")).catch(() => [])).map((name) => `state/${name}`);
  const unnamed = states.filter((file) => /^state\/[0-9a-f]{32}\.png$/.test(file) && !named.has(file));
  for (const file of [...stale, ...unnamed]) await rm(join(path, file), { force: true });
}
