/** Makes near things move as a whole: their depth is spread by as much as the camera shifts them against what is behind. */

import type { Motion3d, Size } from "./camera.ts";
import { locateInDepth } from "./warp3d.ts";

/** A share of the shorter side; beyond it a move tears the picture apart whatever is done. */
const MOST_SPREAD = 1 / 12;

/**
 * The warp looks up each pixel by the depth that stands there before the move. Ahead of a moving thing that is the depth of its background,
 * so its front edge would stay behind while the rest of it moves on. Here every pixel takes the nearest depth within the distance that near
 * and far points drift apart in this frame, so that front edge and body keep together. (Deforum lets the edge lag.)
 *
 * @param depth world depth, `height * width`
 * @returns a new map, or `depth` itself when nothing drifts
 */
export function spreadSilhouettes(depth: Float32Array, size: Size, motion: Motion3d): Float32Array {
  const radius = Math.min(
    Math.ceil(drift(depth, size, motion) - 0.1),
    Math.floor(Math.min(size.width, size.height) * MOST_SPREAD),
  );
  return radius > 0 ? nearestWithin(depth, size, radius) : depth;
}

/** Largest distance, in pixels, between where the nearest and the farthest depth put one pixel. */
function drift(depth: Float32Array, { width, height }: Size, motion: Motion3d): number {
  let [near, far] = [Infinity, 0];
  for (const z of depth) {
    if (z < near) near = z;
    if (z > far) far = z;
  }
  const grid = { width: GRID, height: GRID };
  const [nearest, farthest] = [near, far].map((z) => {
    const positions: number[] = [];
    const locate = locateInDepth(grid, motion, new Float32Array(GRID * GRID).fill(z), 1);
    const row = new Float64Array(2 * GRID);
    for (let y = 0; y < GRID; y++) {
      locate(y, row);
      positions.push(...row);
    }
    return positions;
  }) as [number[], number[]];
  let most = 0;
  for (let p = 0; p < nearest.length; p += 2) {
    // Positions count pixels of the grid, which spans the same view as the picture.
    const dx = ((nearest[p]! - farthest[p]!) * width) / GRID;
    const dy = ((nearest[p + 1]! - farthest[p + 1]!) * height) / GRID;
    most = Math.max(most, Math.hypot(dx, dy));
  }
  return most;
}

/** Points per side at which the drift is measured. */
const GRID = 5;

/** Smallest value in the square of `2 · radius + 1` pixels around each pixel: along rows, then along columns. */
function nearestWithin(depth: Float32Array, { width, height }: Size, radius: number): Float32Array {
  const rows = new Float32Array(depth.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const last = i - x + Math.min(width - 1, x + radius);
      let least = Infinity;
      for (let k = i - Math.min(x, radius); k <= last; k++) if (depth[k]! < least) least = depth[k]!;
      rows[i] = least;
    }
  }
  const spread = new Float32Array(depth.length);
  for (let y = 0, i = 0; y < height; y++) {
    const first = Math.max(0, y - radius) * width;
    const last = Math.min(height - 1, y + radius) * width;
    for (let x = 0; x < width; x++, i++) {
      let least = Infinity;
      for (let k = first + x; k <= last + x; k += width) if (rows[k]! < least) least = rows[k]!;
      spread[i] = least;
    }
  }
  return spread;
}
