/** A plane seen through a flow. */

import type { PlaneSize } from "./pyramid.ts";

/** The plane's value at p + flow(p) for each pixel p, bilinear, edge pixels repeated; `[height, width]`. */
export function lookUp(plane: Float32Array, { width, height }: PlaneSize, flow: Float32Array): Float32Array {
  const seen = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const px = Math.min(width - 1, Math.max(0, x + flow[2 * i]!));
      const py = Math.min(height - 1, Math.max(0, y + flow[2 * i + 1]!));
      const left = px | 0;
      const top = py | 0;
      const tx = px - left;
      const ty = py - top;
      const n = top * width + left;
      const across = left < width - 1 ? 1 : 0;
      const below = top < height - 1 ? width : 0;
      seen[i] =
        (1 - ty) * ((1 - tx) * plane[n]! + tx * plane[n + across]!) +
        ty * ((1 - tx) * plane[n + below]! + tx * plane[n + below + across]!);
    }
  }
  return seen;
}
