/** What is known of a frame only when its neighbors are: how still it is, and whether it belongs to a transition. */
import type { FrameScore } from "./score.ts";
import { signatureDistance } from "./signature.ts";
import { findTransitions } from "./transitions.ts";

/** Mean change of the coarse signature, in levels, at which stillness is 1/2. Own. */
const RESTLESS_CHANGE = 4;

/**
 * The scores of all frames of a film, in its order, completed: `stillness`, and `dud: "transition"` where a frame without another reason is
 * part of a cross-fade or of a fade from or to one color. Not for a folder of unrelated pictures.
 */
export function scoreSequence(scores: readonly FrameScore[]): FrameScore[] {
  const transitions = findTransitions(scores);
  return scores.map((score, index) => {
    const before = changeBetween(scores[index - 1], score);
    const after = changeBetween(score, scores[index + 1]);
    const change = Math.min(before ?? after ?? 0, after ?? before ?? 0);
    const stillness = 1 / (1 + change / RESTLESS_CHANGE);
    const dud = score.dud ?? (transitions[index] === true ? "transition" : undefined);
    return { ...score, stillness, dud };
  });
}

/** Mean absolute difference of color and light, in levels of 255. */
function changeBetween(a: FrameScore | undefined, b: FrameScore | undefined): number | undefined {
  return a && b ? signatureDistance(a.signature, b.signature) : undefined;
}
