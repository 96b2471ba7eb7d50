/** What schedules need to know of an animation, taken from its settings. */

import type { Settings } from "../settings/schema.ts";
import type { ScheduleContext } from "./schedule.ts";

/** A seed that is still to be drawn (−1) counts as 0 in formulas. */
export function scheduleContext(
  settings: Pick<Settings, "frames" | "seed" | "fps" | "bpm">,
): ScheduleContext {
  const { frames, seed, fps, bpm } = settings;
  return { frames, seed: Math.max(0, seed), fps, ...(bpm !== null && { bpm }) };
}
