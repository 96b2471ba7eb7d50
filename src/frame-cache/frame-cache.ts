/**
 * The frame cache: frames that any run on this machine has made, found again by what decided their pixels.
 *
 *     frames/3f/<key>.json     which pictures a frame has; its time is that of the frame's last use
 *     pictures/a0/<sha256>.png the pictures, as second names of the runs' own files where the file system allows
 *
 * Any number of renderers use it at once, without a lock. A frame is kept by adding first its pictures and then its entry, and dropped in the opposite
 * order; whoever finds a part missing has not found the frame. Every picture is hashed when it is used, since its file may be a run's own,
 * which people open and edit.
 */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type CacheEntry,
  entryKey,
  picturesOf,
  readEntry,
  removeEntry,
  type RunPicture,
  touchEntry,
  writeEntry,
} from "./cache-entry.ts";
import type { CachePlace } from "./cache-place.ts";
import { addPicture, type Link, picturePath, readPicture, sharePicture } from "./cached-picture.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { estimateBytes } from "./estimate-bytes.ts";

/** A finished frame of a run, as its journal has it. */
export interface FinishedFrame extends Pick<CacheEntry, "picture" | "state" | "seconds"> {
  /** Chain hash: everything that decides the pixels. */
  readonly chain: string;
}

/** A frame that was found, intact. */
export interface CachedFrame extends Pick<CacheEntry, "picture" | "state" | "seconds"> {
  /** Content of its pictures, by sha256. */
  readonly contents: ReadonlyMap<string, Buffer>;
}

export interface FrameCache {
  /** The frame with that chain hash, which counts as used now; undefined when the cache does not have it whole. */
  find(chain: string): Promise<CachedFrame | undefined>;
  /** Whether a frame seems to be there: its files are not looked into, and it does not count as used. */
  has(chain: string): Promise<boolean>;
  /** Keeps a frame, in the place of one that is there. Fails silently after the first time, which is a warning: a render goes on without. */
  keep(runFolder: string, frame: FinishedFrame): Promise<void>;
  /** Lets the cache use the room of an equal picture of a run. */
  share(runFolder: string, picture: RunPicture): Promise<void>;
  /** Makes room when the cache has grown near its limit. */
  close(): Promise<void>;
}

export interface FrameCacheOptions extends CachePlace {
  /** The kind of machine, as far as it decides the last bits of a picture. */
  readonly machine: string;
  /** Who renders, for those who ask what is in the cache. */
  readonly run: string;
  readonly model: string;
  readonly onWarning: (message: string) => void;
  readonly link?: Link;
  readonly now?: () => Date;
}

/** The share of the limit from which on the exact size counts: an estimate may be that wrong. */
const NEAR = 0.85;
/** The share of the limit that is left when room is made, so that it is not made after every render. */
const ROOMY = 0.8;

/** Opens the cache; nothing is read or written before it is used. */
export function openFrameCache(options: FrameCacheOptions): FrameCache {
  const { folder, limitBytes, machine, run, model, onWarning, link, now = () => new Date() } = options;
  let writable = true;
  /** Since the size was last looked at. */
  let addedBytes = 0;

  async function add(runFolder: string, { file, sha256 }: RunPicture): Promise<void> {
    const path = join(runFolder, file);
    const own = await stat(path);
    const before = await stat(picturePath(folder, sha256)).catch(() => undefined);
    // Such as the color reference, which all frames have.
    if (before?.ino === own.ino && before.dev === own.dev) return;
    await addPicture(folder, path, sha256, link);
    if (before === undefined) addedBytes += own.size;
  }

  async function makeRoom(): Promise<void> {
    addedBytes = 0;
    if ((await estimateBytes(folder)) <= NEAR * limitBytes) return;
    await collectGarbage(folder, { limitBytes, targetBytes: ROOMY * limitBytes });
  }

  return {
    async find(chain) {
      const key = entryKey(machine, chain);
      const entry = await readEntry(folder, key);
      if (entry === undefined) return undefined;
      const contents = new Map<string, Buffer>();
      for (const hash of picturesOf(entry)) {
        const bytes = await readPicture(folder, hash);
        if (bytes === undefined) {
          await removeEntry(folder, key);
          return undefined;
        }
        contents.set(hash, bytes);
      }
      await touchEntry(folder, key, now());
      const { picture, state, seconds } = entry;
      return { picture, state, seconds, contents };
    },

    async has(chain) {
      const entry = await readEntry(folder, entryKey(machine, chain));
      if (entry === undefined) return false;
      const files = picturesOf(entry).map((hash) => stat(picturePath(folder, hash)));
      return (await Promise.allSettled(files)).every(({ status }) => status === "fulfilled");
    },

    async keep(runFolder, { chain, picture, state, seconds }) {
      if (!writable) return;
      const key = entryKey(machine, chain);
      try {
        const files = [picture, state?.newer, state?.older, state?.colorReference].filter((file) => !!file);
        const byHash = new Map(files.map((file) => [file.sha256, file]));
        for (const file of byHash.values()) await add(runFolder, file);
        await writeEntry(folder, { key, picture, state, seconds, run, model });
        await touchEntry(folder, key, now());
        // Otherwise the end of the run is early enough.
        if (addedBytes > (1 - NEAR) * limitBytes) await makeRoom();
      } catch (cause) {
        writable = false;
        onWarning(
          `${folder}: frames are not kept for other runs: ${(cause as Error).message}; free its disk, name another folder in ANIMATE_CACHE, or render with --no-cache`,
        );
      }
    },

    async share(runFolder, { file, sha256 }) {
      await sharePicture(folder, join(runFolder, file), sha256, link);
    },

    close: makeRoom,
  };
}
