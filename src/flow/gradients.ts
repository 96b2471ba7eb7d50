/** Slopes of a plane. */

import type { PlaneSize } from "./pyramid.ts";

/** Half the difference of the two neighbors, to the right and down, edge pixels repeated; each `[height, width]`. */
export function gradients(
  plane: Float32Array,
  { width, height }: PlaneSize,
): { readonly right: Float32Array; readonly down: Float32Array } {
  const right = new Float32Array(width * height);
  const down = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const above = y > 0 ? width : 0;
    const below = y < height - 1 ? width : 0;
    for (let x = 0; x < width; x++, i++) {
      const left = x > 0 ? 1 : 0;
      const next = x < width - 1 ? 1 : 0;
      right[i] = (plane[i + next]! - plane[i - left]!) / 2;
      down[i] = (plane[i + below]! - plane[i - above]!) / 2;
    }
  }
  return { right, down };
}
