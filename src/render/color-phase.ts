/** When the colors of a run are held, let go and taken anew as its prompts change. */

import type { FramePlan } from "../schedule/frame-plan.ts";

/** `first`: the first picture stays the reference for the whole run (Deforum). `prompt`: taken anew after each change of prompt. */
export type ColorReferenceMode = "first" | "prompt";

/**
 * Frames after a prompt key until its colors count as settled, beyond the transition itself: as many as the means of red, green and blue take
 * to arrive at the default strength of 0.65. Taken earlier, the colors of two scenes mixed would be held.
 */
export const SETTLE_FRAMES = 24;

/**
 * What to do with the color reference on a drawn frame: `keep` matches to it, `release` matches nothing while a new scene forms, and `take`
 * makes the result of this frame, the first one drawn after its colors have settled, the new reference.
 *
 * @param firstPromptKey key of the prompt the animation starts with
 * @param sinceDrawn frames since the drawn frame before; default 1
 */
export function colorPhase(
  frame: FramePlan,
  firstPromptKey: number,
  mode: ColorReferenceMode,
  sinceDrawn = 1,
): "keep" | "release" | "take" {
  if (mode === "first" || frame.promptKey === firstPromptKey) return "keep";
  const since = Math.abs(frame.frame - frame.promptKey);
  const settled = frame.promptTransition + SETTLE_FRAMES;
  if (since < settled) return "release";
  return since - sinceDrawn < settled ? "take" : "keep";
}
