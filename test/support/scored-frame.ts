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
    focus: 0.3,
    disorder: 0.4,
    brightness: 0.5,
    blown: 0,
    crushed: 0,
    glow: 0,
    clipped: 0,
    entropy: 7,
    colorfulness: 50,
    thirds: 0.3,
    subjectRoom: 0.5,
    readability: 0.5,
    stillness: 1,
    pictureShare: 1,
    hash: HASHES[frame % HASHES.length]!,
    signature: new Uint8Array(320),
    dud: undefined,
    ...changes,
  };
  return { frame, timeSeconds: frame / 15, score, ...others };
}
