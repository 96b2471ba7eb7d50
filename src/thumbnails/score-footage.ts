/** The scores of all frames of footage, found in threads while the next frames are decoded. */

import { FileError } from "../errors.ts";
import type { Footage, FootageFrame } from "../footage/footage.ts";
import type { ScorePool } from "../scoring/score-pool.ts";
import type { ByteImage } from "../tensor/image.ts";
import type { ScoredFrame } from "./select.ts";

export interface ScoredFootage {
  /** In the order of the film; one at least. */
  readonly frames: readonly ScoredFrame[];
  /** Small pictures of frames spread evenly over the film, by frame. */
  readonly tiles: ReadonlyMap<number, ByteImage>;
  /** Where the footage ended early, if it did. */
  readonly warnings: readonly string[];
}

export interface ScoringOptions {
  readonly pool: ScorePool;
  /** Called when a frame has been decoded. */
  readonly onFrame?: (decoded: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Frames that go to a thread together: a message for each would cost as much as a fifth of its score. */
const BATCH = 8;
/** Batches that wait for their scores at most: enough that no thread idles, and 6 MB. */
const MOST_WAITING = 4;
/** Pictures kept at most, 12 MB; at least half as many of a long film. */
const MOST_TILES = 64;

/**
 * Scores every frame. Memory does not grow with the length of the film but for its scores.
 *
 * @throws FileError when no frame can be read, the reason of `signal` when it is aborted
 */
export async function scoreFootage(
  footage: Footage,
  { pool, onFrame, signal }: ScoringOptions,
): Promise<ScoredFootage> {
  const frames: ScoredFrame[] = [];
  const waiting = new Set<Promise<void>>();
  const tiles = new Map<number, ByteImage>();
  const warnings: string[] = [];
  let count = 0;
  let stride = 1;

  function keepTile({ frame, image }: FootageFrame): void {
    if (count % stride !== 0) return;
    tiles.set(frame, { ...image, data: image.data.slice() });
    if (tiles.size < MOST_TILES) return;
    stride *= 2;
    for (const [index, kept] of [...tiles.keys()].entries()) if (index % 2 === 1) tiles.delete(kept);
  }

  let batch: FootageFrame[] = [];

  function scoreBatch(): void {
    const taken = batch;
    batch = [];
    const place = count - taken.length;
    const scoring = pool.scoreAll(taken.map(({ image }) => image)).then((scores) => {
      for (const [index, { frame, timeSeconds }] of taken.entries())
        frames[place + index] = { frame, timeSeconds, score: scores[index]! };
      waiting.delete(scoring);
    });
    // Thrown by the wait below; until then it must not count as unhandled.
    scoring.catch(() => {});
    waiting.add(scoring);
  }

  try {
    for await (const taken of footage.frames()) {
      signal?.throwIfAborted();
      keepTile(taken);
      batch.push(taken);
      // Apart from the call, which does not happen when nobody listens.
      count++;
      onFrame?.(count);
      if (batch.length === BATCH) scoreBatch();
      if (waiting.size >= MOST_WAITING) await Promise.race(waiting);
    }
  } catch (error) {
    if (!(error instanceof FileError) || count === 0) throw error;
    warnings.push(`${error.message}; the ${count} frames before are used`);
  }
  if (batch.length > 0) scoreBatch();
  await Promise.all(waiting);
  signal?.throwIfAborted();
  return { frames, tiles, warnings };
}
