/** How far apart drawn frames are. */

import type { FramePlan } from "../schedule/frame-plan.ts";

/** Frames from the drawn frame before to a drawn one, in the order of the plan; 1 for the first. */
export function sinceDrawn(plan: readonly FramePlan[]): (frame: FramePlan) => number {
  const distances = new Map<number, number>();
  let last: number | undefined;
  for (const { frame } of plan.filter(({ diffuse }) => diffuse)) {
    distances.set(frame, last === undefined ? 1 : Math.abs(frame - last));
    last = frame;
  }
  return ({ frame }) => distances.get(frame) ?? 1;
}
