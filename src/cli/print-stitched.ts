/** What `animate --stitch` tells: how much of the animation the video shows. */

import { printable, printableJson } from "../printable.ts";
import type { StitchReport } from "../render/stitch.ts";

export function printStitched(report: StitchReport, { json }: { readonly json: boolean }): void {
  if (json) console.log(printableJson(JSON.stringify({ type: "stitched", ...report })));
  else for (const line of describe(report)) console.log(printable(line));
}

function describe({ name, video, frames, planned, missing }: StitchReport): string[] {
  const rest = missing.length === 0 ? "" : `; missing: ${ranges(missing)}`;
  return [`${name}: a video of ${frames} of ${planned} frames${rest}`, `  video       ${video}`];
}

/** `3, 7-9, 12`; what is beyond the tenth range is counted. */
function ranges(numbers: readonly number[]): string {
  const found: [first: number, last: number][] = [];
  for (const number of numbers) {
    const range = found.at(-1);
    if (range?.[1] === number - 1) range[1] = number;
    else found.push([number, number]);
  }
  const shown = found
    .slice(0, MOST_RANGES)
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  const hidden = found.length - shown.length;
  return hidden === 0 ? shown.join(", ") : `${shown.join(", ")} and ${hidden} more`;
}

const MOST_RANGES = 10;
