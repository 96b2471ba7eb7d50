/** What is in the cache, by the runs that made it. */

import { picturesOf } from "./cache-entry.ts";
import { readContents } from "./contents.ts";

export interface CacheSummary {
  /** The run that was used last is the first. */
  readonly runs: readonly CachedRun[];
  readonly frames: number;
  /** Each file counted once. */
  readonly bytes: number;
  /** Of these, what a run's folder has too. */
  readonly sharedBytes: number;
}

export interface CachedRun {
  readonly run: string;
  readonly model: string;
  readonly frames: number;
  /** A picture of several runs counts for the one that was used last. */
  readonly bytes: number;
  /** ISO 8601, UTC. */
  readonly lastUsed: string;
}

/** Reads the whole cache. Frames that lack a picture are not in it. */
export async function summarizeCache(cache: string): Promise<CacheSummary> {
  const { pictures, entries } = await readContents(cache);
  const runs = new Map<string, { -readonly [Key in keyof CachedRun]: CachedRun[Key] }>();
  const counted = new Set<string>();
  let sharedBytes = 0;
  for (const { entry, bytes, modified } of entries) {
    const { run, model } = entry;
    const id = JSON.stringify([run, model]);
    // The first entry of a run is the one that was used last.
    const row = runs.get(id) ?? {
      run,
      model,
      frames: 0,
      bytes: 0,
      lastUsed: new Date(modified).toISOString(),
    };
    row.frames++;
    row.bytes += bytes;
    for (const hash of picturesOf(entry)) {
      const picture = pictures.get(hash);
      if (!picture || counted.has(hash)) continue;
      counted.add(hash);
      row.bytes += picture.bytes;
      if (picture.links > 1) sharedBytes += picture.bytes;
    }
    runs.set(id, row);
  }
  const rows = [...runs.values()];
  return {
    runs: rows,
    frames: entries.length,
    bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
    sharedBytes,
  };
}
