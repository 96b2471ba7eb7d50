/** Makes near things move as a whole: their depth is spread by as much as the camera shifts them against what is behind. */

import { copyNumbers, floatsAt, kernels, lendMemory, roundUp } from "../kernels/kernels.ts";
import { unsetFloats } from "../tensor/unset-floats.ts";
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
  const { near, far } = extentOf(depth);
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

function extentOf(depth: Float32Array): { readonly near: number; readonly far: number } {
  return lendMemory([4 * depth.length], (values) => {
    copyNumbers(depth, floatsAt(values, depth.length));
    return {
      near: kernels.leastOf(values, depth.length, Infinity),
      far: kernels.mostOf(values, depth.length, 0),
    };
  });
}

/** Points per side at which the drift is measured. */
const GRID = 5;

/** Smallest value in the square of `2 · radius + 1` pixels around each pixel: along rows, then along columns. */
function nearestWithin(depth: Float32Array, { width, height }: Size, radius: number): Float32Array {
  const steps = stepsTo(2 * radius + 1);
  const [across, down] = [width + 2 * radius, height + 2 * radius];
  const rowBytes = roundUp(4 * width, 64);
  const spread = unsetFloats(depth.length);
  lendMemory([4 * across, down * rowBytes], (line, rows) => {
    const beyond = floatsAt(line, across);
    floatsAt(rows, (down * rowBytes) / 4).fill(Infinity);
    for (let y = 0; y < height; y++) {
      beyond.fill(Infinity).set(depth.subarray(y * width, (y + 1) * width), radius);
      let window = 1;
      for (const step of steps) {
        window += step;
        kernels.leastRow(line, line + 4 * step, line, across - window + 1);
      }
      floatsAt(rows + (y + radius) * rowBytes, width).set(beyond.subarray(0, width));
    }
    let window = 1;
    for (const step of steps) {
      window += step;
      for (let row = rows; row <= rows + (down - window) * rowBytes; row += rowBytes) {
        kernels.leastRow(row, row + step * rowBytes, row, width);
      }
    }
    for (let y = 0; y < height; y++) spread.set(floatsAt(rows + y * rowBytes, width), y * width);
  });
  return spread;
}

/** How far ahead the next window lies each time that one is joined with the next, from a window of 1 to one of `size`. */
function stepsTo(size: number): number[] {
  const steps: number[] = [];
  let window = 1;
  for (; 2 * window <= size; window *= 2) steps.push(window);
  if (window < size) steps.push(size - window);
  return steps;
}
