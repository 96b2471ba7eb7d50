/** For tests: a scored frame with nothing remarkable about it. */

import type { FrameScore } from "../../src/scoring/score.ts";
import type { ScoredFrame } from "../../src/thumbnails/measures.ts";

/** Hashes of 32 differing cells and more between any two. */
export const HASHES = [
  "0000000000000000",
  "00000000ffffffff",
  "ffffffff00000000",
  "ffff0000ffff0000",
  "f0f0f0f0f0f0f0f0",
];

export function scored(
  frame: number,
  changes: Partial<FrameScore> = {},
  others: Partial<Omit<ScoredFrame, "score">> = {},
): ScoredFrame {
  const score: FrameScore = {
    sharpness: 200,
    noisiness: 0.05,
    contrast: 0.2,
    brightness: 0.5,
    clipped: 0,
    colorfulness: 50,
    hash: HASHES[frame % HASHES.length]!,
    grid: new Uint8Array(48),
    dud: undefined,
    ...changes,
  };
  return { frame, timeSeconds: frame / 15, score, ...others };
}
