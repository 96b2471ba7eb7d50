/** What cannot be rendered backward. */

import type { Problem } from "./problem.ts";
import type { Settings } from "./schema.ts";

/**
 * Settings that have no way back, in an animation with `reverse`.
 *
 * @param wrong paths that are known to be wrong and stand at their default
 */
export function checkReverse({ reverse, deforum_exact }: Settings, wrong: ReadonlySet<string>): Problem[] {
  if (!reverse || !deforum_exact || wrong.has("deforum_exact")) return [];
  const message =
    "expected false with reverse, found true: Deforum renders forward only, so there is nothing to be exact to";
  return [{ path: ["deforum_exact"], part: "value", message, hint: "leave deforum_exact or reverse out" }];
}
