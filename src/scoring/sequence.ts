/** What is known of a frame only when its neighbors are: how still it is, and whether it belongs to a transition. */
import type { FrameScore } from "./score.ts";
import { signatureDistance } from "./signature.ts";
import { findTransitions } from "./transitions.ts";

/** Mean change of the coarse signature, in levels, at which stillness is 1/2. Own. */
const RESTLESS_CHANGE = 4;

/** Focus below which a frame may be blurred, if those around it are not; a film may be as soft as it likes. Own. */
const SOFT_FOCUS = 0.18;
/** Share of the focus around it below which a soft frame is blurred. Own. */
const SOFTER_SHARE = 0.5;
/** Frames before, and as many after, that are around one: a blurred pan or shake takes less than a second. */
const AROUND = 30;

/**
 * The scores of all frames of a film, in its order, completed: `stillness`, and where a frame has no other reason, `dud` is `transition` in a cross-fade
 * or a fade from or to one color, and `blurred` where it is much softer than the frames around it. Not for a folder of unrelated pictures.
 */
export function scoreSequence(scores: readonly FrameScore[]): FrameScore[] {
  const transitions = findTransitions(scores);
  return scores.map((score, index) => {
    const before = changeBetween(scores[index - 1], score);
    const after = changeBetween(score, scores[index + 1]);
    const change = Math.min(before ?? after ?? 0, after ?? before ?? 0);
    const stillness = 1 / (1 + change / RESTLESS_CHANGE);
    const dud = score.dud ?? (transitions[index] === true ? "transition" : blurredAmong(scores, index));
    return { ...score, stillness, dud };
  });
}

/** Mean absolute difference of color and light, in levels of 255. */
function changeBetween(a: FrameScore | undefined, b: FrameScore | undefined): number | undefined {
  return a && b ? signatureDistance(a.signature, b.signature) : undefined;
}

/** Whether a camera or a subject moved too fast here for what is sharp otherwise. */
function blurredAmong(scores: readonly FrameScore[], index: number): "blurred" | undefined {
  const { focus } = scores[index]!;
  if (focus > SOFT_FOCUS) return undefined;
  const around = scores.slice(Math.max(0, index - AROUND), index + AROUND + 1).map((score) => score.focus);
  const median = around.toSorted((a, b) => a - b)[around.length >> 1]!;
  return focus < SOFTER_SHARE * median ? "blurred" : undefined;
}
