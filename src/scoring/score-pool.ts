/** Scores frames in threads, beside the rendering. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import type { ByteImage } from "../tensor/image.ts";
import type { FrameScore } from "./score.ts";

/** The compiled file, also when the tests run this one from source: a thread has no TypeScript loader. */
const WORKER = new URL("../../dist/scoring/score-worker.js", import.meta.url);

export interface ScorePool {
  /** The score of a frame; the pixels are copied, the caller keeps its own. */
  score(image: ByteImage): Promise<FrameScore>;
  /** The scores of several frames by one thread. The pixels go there: the pictures are empty afterwards. */
  scoreAll(images: readonly ByteImage[]): Promise<readonly FrameScore[]>;
  /** Waits for the scores under way and ends the threads. Owed, whatever happened before. */
  close(): Promise<void>;
}

/**
 * Starts the threads.
 *
 * @param threads default: all processors but one, at most 4; a frame takes 2–5 ms at 256 × 256 and 30 ms at 1024 × 1024, so more would idle
 */
export function openScorePool(
  threads: number = Math.max(1, Math.min(4, availableParallelism() - 1)),
): ScorePool {
  const pool = new Piscina<readonly ByteImage[], readonly FrameScore[]>({
    filename: fileURLToPath(WORKER),
    minThreads: 1,
    maxThreads: threads,
    // Room for a batch and what is made of it; with more, garbage of the first minutes of a film stays, some 60 MB.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  let isClosed = false;

  async function run(images: readonly ByteImage[]): Promise<readonly FrameScore[]> {
    // Piscina would start a new thread for it, and nobody would end that one.
    if (isClosed) throw new Error("the scoring threads have ended");
    return pool.run(images, { transferList: images.map(({ data }) => data.buffer as ArrayBuffer) });
  }

  return {
    async score({ width, height, data }) {
      const [score] = await run([{ width, height, data: data.slice() }]);
      return score!;
    },
    // A part of a larger buffer cannot be given away.
    scoreAll: (images) =>
      run(
        images.map((image) =>
          image.data.length === image.data.buffer.byteLength ? image : { ...image, data: image.data.slice() },
        ),
      ),
    async close() {
      isClosed = true;
      await pool.close();
    },
  };
}
