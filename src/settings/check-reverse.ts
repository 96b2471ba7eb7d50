/** What cannot be rendered backward. */

import { drawsSingly } from "./check-mode.ts";
import type { Problem } from "./problem.ts";
import type { Settings } from "./schema.ts";

/**
 * Settings that have no way back, in an animation with `reverse`.
 *
 * @param wrong paths that are known to be wrong and stand at their default
 */
export function checkReverse(settings: Settings, wrong: ReadonlySet<string>): Problem[] {
  const { reverse, mode, deforum_exact, last_block, motion, guided } = settings;
  if (!reverse) return [];
  const problems: Problem[] = [];
  const refuse = (path: string, message: string, hint: string): void => {
    if (!wrong.has(path)) problems.push({ path: path.split("."), part: "value", message, hint });
  };
  if (drawsSingly(settings)) {
    const message = `expected 2d or 3d with reverse, found ${mode}, whose frames do not build on each other`;
    refuse("mode", message, "leave reverse out: either order gives the same pictures");
  }
  if (deforum_exact) {
    const message = "expected false with reverse, found true: Deforum renders forward only";
    refuse("deforum_exact", message, "leave deforum_exact or reverse out");
  }
  if (last_block === "omit") {
    const message = "expected auto or write with reverse, found omit";
    refuse("last_block", message, "leave last_block or reverse out");
  }
  if (motion.perspective_flip) {
    const message = "expected false with reverse, found true: a card seen at an angle cannot be turned back";
    refuse(
      "motion.perspective_flip",
      message,
      "use rotation_3d_x and rotation_3d_y with mode: 3d, or leave reverse out",
    );
  }
  if (guided.images !== null) {
    const message = "expected no pictures with reverse, found some, which lead from one to the next forward";
    refuse("guided.images", message, "leave guided or reverse out");
  }
  return problems;
}
