/** How much of what it is drawn over each frame keeps. */

import type { Settings } from "../settings/schema.ts";
import type { DrawingOrder } from "./drawing-order.ts";
import type { Curves } from "./evaluate-settings.ts";
import type { FramePlan } from "./frame-plan.ts";
import { startsFromPicture } from "./starts-from-picture.ts";

/**
 * Reads the strength of a frame: that of the start picture for the first one, `keyframe_strength`, if there is one, where a prompt gives way
 * to another, and `strength` everywhere else. A prompt whose key lies between two drawn frames comes in with the second.
 *
 * @param prompts of every frame
 */
export function strengthReader(
  settings: Settings,
  curves: Curves,
  { stepOf, isDiffused }: Pick<DrawingOrder, "stepOf" | "isDiffused">,
  prompts: readonly Pick<FramePlan, "promptKey">[],
): (frame: number) => number {
  const strength = curves.get("strength")!;
  const atKeys = curves.get("keyframe_strength");
  const comesIn = atKeys === undefined ? new Set() : firstFrames(prompts, isDiffused);
  return (frame) => {
    if (stepOf(frame) === 0 && startsFromPicture(settings)) return settings.init.strength;
    return comesIn.has(frame) ? atKeys![frame]! : strength[frame]!;
  };
}

/** The first drawn frame of every prompt but the one that the animation begins with. */
function firstFrames(
  prompts: readonly Pick<FramePlan, "promptKey">[],
  isDiffused: (frame: number) => boolean,
): ReadonlySet<number> {
  const first = new Set<number>();
  let shown = prompts[0]!.promptKey;
  for (const [frame, { promptKey }] of prompts.entries()) {
    if (!isDiffused(frame)) continue;
    if (promptKey !== shown) first.add(frame);
    shown = promptKey;
  }
  return first;
}
