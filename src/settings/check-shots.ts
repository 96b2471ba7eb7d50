/** What a list of shots has to be, and what cannot go with shots. */

import { distributes } from "../schedule/drawn-frames.ts";
import { drawsSingly } from "./check-mode.ts";
import { describeValue } from "./describe-value.ts";
import type { Problem } from "./problem.ts";
import type { Settings } from "./schema.ts";

/**
 * Mistakes in `shots`. Shots behind the last frame are none: `--frames 30` looks at the beginning of a film.
 *
 * @param wrong paths that are known to be wrong and stand at their default
 */
export function checkShots(settings: Settings, wrong: ReadonlySet<string>): Problem[] {
  const { shots, loop, guided, keyframe_distribution: distribution } = settings;
  if (shots === null || drawsSingly(settings)) return [];
  const problems: Problem[] = shots === "cuts" ? [] : outOfOrder(shots);
  const refuse = (path: readonly string[], message: string, hint: string): void => {
    if (!wrong.has(path.join("."))) problems.push({ path, part: "value", message, hint });
  };
  if (loop !== false && loop !== 0) {
    const message = `expected false with shots, found ${loop}: the last shot knows nothing of the first, to which a loop leads back`;
    refuse(["loop"], message, "leave loop or shots out");
  }
  if (guided.images !== null) {
    const message = "expected none with shots, found some: pictures lead from one shot into the next";
    refuse(["guided", "images"], message, "leave guided.images or shots out");
  }
  if (shots !== "cuts" && distributes(settings)) {
    const message = `expected off with a list of shots, found ${distribution}: keys and shots would both decide which frames are drawn`;
    refuse(["keyframe_distribution"], message, "use shots: cuts, or leave keyframe_distribution out");
  }
  return problems;
}

function outOfOrder(shots: readonly number[]): Problem[] {
  return shots.flatMap((frame, index): Problem[] => {
    const before = shots[index - 1];
    if (before === undefined || frame > before) return [];
    const message = `expected a frame after ${before}, found ${describeValue(frame)}`;
    const hint = "list each shot once, from the first to the last";
    return [{ path: ["shots", String(index)], part: "value", message, hint }];
  });
}
