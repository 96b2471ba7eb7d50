/** How much of the detail of one picture lies in another at the same places: a distance of features that brightness and colors leave alone. */

import type { Cells } from "./placement.ts";

/** Blocks along a side: a title spoils those below it and no others. */
const BLOCKS = 8;
/** Product of two blocks' energies below which at least one is plain. */
const PLAIN = 1e-6;
/**
 * Correlations are raised to this. Blocks of a copy correlate by 0.95 and more or, below a title, not at all; those of pictures of one style by 0.5
 * to 0.8. Own, measured.
 */
const POWER = 8;

/**
 * The share of `below`'s detail that `onTop` has as well, 0 (none) to 1 (all).
 *
 * Detail is the luma's gradient. For each of 8 × 8 blocks the two gradient fields are correlated, and each correlation raised to the 8th power, negative ones counting as 0;
 * blocks are weighed by the strength of their detail (the root of the gradients' energy), so that a single hard edge does not decide alone. Own,
 * after the oriented gradients of Dalal and Triggs 2005, but at fixed places: pictures of one style have the same orientations, and copies the
 * same places.
 *
 * @param onTop luma 0–255, `side` × `side`, of which `cells` count
 * @param below luma, `side` × `side`
 * @param side a multiple of 8
 */
export function sharedDetail(
  onTop: Float32Array,
  below: ArrayLike<number>,
  side: number,
  cells: Cells,
): number {
  const length = side / BLOCKS;
  let shared = 0;
  let total = 0;
  for (let top = cells.top + 1; top < cells.bottom - 1; top += length) {
    for (let left = cells.left + 1; left < cells.right - 1; left += length) {
      const bottom = Math.min(top + length, cells.bottom - 1);
      const right = Math.min(left + length, cells.right - 1);
      let both = 0;
      let energyOnTop = 0;
      let energyBelow = 0;
      for (let y = top; y < bottom; y++) {
        for (let i = y * side + left, end = y * side + right; i < end; i++) {
          const across = onTop[i + 1]! - onTop[i - 1]!;
          const down = onTop[i + side]! - onTop[i - side]!;
          const acrossBelow = below[i + 1]! - below[i - 1]!;
          const downBelow = below[i + side]! - below[i - side]!;
          both += across * acrossBelow + down * downBelow;
          energyOnTop += across * across + down * down;
          energyBelow += acrossBelow * acrossBelow + downBelow * downBelow;
        }
      }
      const weight = Math.sqrt(energyBelow);
      total += weight;
      // Without detail on one side nothing is shared; NaN otherwise.
      const energy = energyOnTop * energyBelow;
      if (energy > PLAIN && both > 0) shared += weight * (both / Math.sqrt(energy)) ** POWER;
    }
  }
  return total === 0 ? 0 : shared / total;
}
