/** Scored frames of a film with what only their neighbors tell, see {@link scoreSequence}. */

import { scoreSequence } from "../scoring/sequence.ts";
import type { ScoredFrame } from "./measures.ts";

/** @param frames in the order of the film, as each was scored by itself; not of a folder, whose pictures have no neighbors */
export function inSequence(frames: readonly ScoredFrame[]): readonly ScoredFrame[] {
  const scores = scoreSequence(frames.map(({ score }) => score));
  return frames.map((frame, index) => ({ ...frame, score: scores[index]! }));
}
