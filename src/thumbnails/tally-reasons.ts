/** How many frames were left out, by reason. */

import type { RejectedFrame } from "./select.ts";

type Reason = RejectedFrame["reason"];

/** The reasons in the order in which they first come. */
export function tallyReasons(reasons: readonly Reason[]): Map<Reason, number> {
  const counts = new Map<Reason, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}
