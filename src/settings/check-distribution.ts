/** What cannot go with prompts that decide which frames are drawn. */

import { drawsSingly } from "./check-mode.ts";
import type { Problem } from "./problem.ts";
import type { Settings } from "./schema.ts";

/**
 * Mistakes in what belongs to `keyframe_distribution` and `keyframe_strength`.
 *
 * @param wrong paths that are known to be wrong and stand at their default
 */
export function checkDistribution(settings: Settings, wrong: ReadonlySet<string>): Problem[] {
  const { keyframe_distribution: distribution, keyframe_strength, mode, reverse, last_block } = settings;
  const problems: Problem[] = [];
  const refuse = (path: string, message: string, hint: string): void => {
    if (!wrong.has(path)) problems.push({ path: [path], part: "value", message, hint });
  };
  if (reverse && keyframe_strength !== null) {
    const message = "expected none with reverse, found one: on the way back no prompt comes in at its key";
    refuse("keyframe_strength", message, "leave keyframe_strength or reverse out");
  }
  if (distribution === "off") return problems;
  const hint = "leave keyframe_distribution out";
  if (drawsSingly(settings)) {
    const message = `expected off with mode ${mode}, found ${distribution}: every frame is drawn there`;
    refuse("keyframe_distribution", message, hint);
  }
  if (reverse) {
    const message = `expected off with reverse, found ${distribution}: on the way back no prompt comes in at its key`;
    refuse("keyframe_distribution", message, "leave keyframe_distribution or reverse out");
  }
  if (last_block === "omit") {
    const message = `expected auto or write with keyframe_distribution ${distribution}, found omit`;
    refuse("last_block", message, "leave last_block out: all frames are written");
  }
  if (distribution !== "keyframes_only") return problems;
  for (const name of ["prompt_transition", "loop"] as const) {
    if (settings[name] === false || Number.parseFloat(String(settings[name])) === 0) continue;
    const message = `expected 0 with keyframe_distribution keyframes_only, found ${settings[name]}: its frames are not drawn`;
    refuse(name, message, `leave ${name} out, or use additive`);
  }
  return problems;
}
