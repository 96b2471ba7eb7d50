/** What a detector found in a frame, as areas of a picture that shows it. */

import type { FoundBox } from "../models/detector-forms.ts";
import type { Area } from "../scoring/luma.ts";

/** Beyond so many boxes it is a crowd, or a detector that sees faces everywhere. */
const MOST_KEPT = 64;

/**
 * The boxes in whole pixels of the frame, largest first: what reaches beyond its edges is cut off, and what lies outside or is no box at all is left
 * out.
 */
export function keptAreas(
  boxes: readonly FoundBox[],
  frame: { readonly width: number; readonly height: number },
): Area[] {
  return boxes
    .flatMap((box): Area[] => {
      const left = Math.max(0, Math.floor(box.left * frame.width));
      const top = Math.max(0, Math.floor(box.top * frame.height));
      const right = Math.min(frame.width, Math.ceil((box.left + box.width) * frame.width));
      const bottom = Math.min(frame.height, Math.ceil((box.top + box.height) * frame.height));
      // A comparison with what is not a number is false.
      return right > left && bottom > top ? [{ left, top, width: right - left, height: bottom - top }] : [];
    })
    .toSorted((a, b) => b.width * b.height - a.width * a.height)
    .slice(0, MOST_KEPT);
}
