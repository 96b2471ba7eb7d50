/** What is missing in a part of a plan. */

import type { PlaceRange } from "../schedule/shots.ts";

/**
 * The first run of missing places in a range; undefined when none is missing.
 *
 * @param isFinished of a place
 */
export function firstGap(
  { begin, end }: PlaceRange,
  isFinished: (place: number) => boolean,
): PlaceRange | undefined {
  let from = begin;
  while (from < end && isFinished(from)) from++;
  if (from === end) return undefined;
  let to = from + 1;
  while (to < end && !isFinished(to)) to++;
  return { begin: from, end: to };
}
