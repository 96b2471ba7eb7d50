/** Samples of a row of positions in a picture that may still be arriving. */

import { awaitRows, rowsArrived } from "./arrival";
import { bicubicAtEdge, bicubicInside } from "./bicubic";
import { bilinearAtEdge, bilinearInside } from "./bilinear";
import { countWithin } from "./places";
import { Source } from "./taps";

/**
 * @param isBicubic whether by 4×4 pixels, else by 2×2
 * @param positions `[count, 2]` doubles: column and row, pixel centers at whole numbers
 * @param output `[count, 3]` floats, and one float more that is overwritten
 * @param block workspace of 512 bytes
 */
export function sampleRow(
  source: Source,
  isBicubic: bool,
  positions: usize,
  count: i32,
  output: usize,
  block: usize,
): void {
  // Pixels that a sample needs before the one that it lies in; beyond the next one it needs as many.
  const reach: f64 = isBicubic ? 1 : 0;
  const first = f64x2.splat(reach);
  const height = source.height;
  let arrived = rowsArrived();
  while (count > 0) {
    const last = f64x2(<f64>source.width - 1 - reach, <f64>min(height, arrived) - 1 - reach);
    const inside = countWithin(positions, count, first, last);
    if (isBicubic) bicubicInside(source, positions, inside, output);
    else bilinearInside(source, positions, inside, output);
    positions += 16 * inside;
    output += 12 * inside;
    count -= inside;
    if (count == 0) return;
    if (arrived < height) {
      arrived = awaitRows(arrived + 1);
      continue;
    }
    if (isBicubic) bicubicAtEdge(source, positions, output, block);
    else bilinearAtEdge(source, positions, output, block);
    positions += 16;
    output += 12;
    count--;
  }
}
