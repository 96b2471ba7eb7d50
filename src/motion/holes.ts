/** Holes of a moved picture: pixels that no pixel of the old one stands for, which the warp fills with repeated ones. */

import { grayPicture, shadesOf } from "../tensor/gray-picture.ts";
import { type CameraMotion, flipMatrix, matrix2d, type Size } from "./camera.ts";
import type { LocateRow } from "./camera-view.ts";
import { warpImage, type WarpOptions } from "./warp.ts";
import { locateByMatrix } from "./warp2d.ts";
import { locateInDepth } from "./warp3d.ts";

/** Neighbors whose ways differ by this many pixels, or less, still belong together. */
const MOST_STRETCH = 0.5;
/** Neighbors whose depths differ by this share, or less, are one surface, however far the camera stretches it. */
const MOST_STEP = 0.04;

/**
 * How much of each pixel is a hole, 0–1, `height * width`: what lies beyond the edges of the old picture, softly over one pixel, and in 3D
 * with depth what near things have uncovered behind them.
 *
 * The warp looks up the depth that stood at a pixel before the move, so it always finds something; what it should not have found is told here
 * by moving the old picture's pixels forward. It counts as one sheet that tears where depth jumps; where none of it comes to lie is a hole.
 *
 * @param options as for the warp; `depth` as the network saw it, before silhouettes are spread
 * @throws RenderError like the warp
 */
export function findHoles(size: Size, motion: CameraMotion, options: WarpOptions): Float32Array {
  const holes = new Float32Array(size.width * size.height);
  const { mode, border = "replicate", perspectiveFlip = false, deforumExact = false, depth = null } = options;
  if (mode === "2d") {
    const matrix = matrix2d(size, motion, perspectiveFlip ? motion : null, { deforumExact });
    if (border !== "wrap") markOutside(holes, size, locateByMatrix(matrix));
    return holes;
  }
  if (perspectiveFlip && border !== "wrap") {
    markOutside(holes, size, locateByMatrix(flipMatrix(size, motion, { deforumExact })));
  }
  const locate = locateInDepth(size, motion, depth, motion.aspect_ratio ?? 1);
  markOutside(holes, size, locate);
  if (depth !== null) markUncovered(holes, size, locate, depth);
  return holes;
}

function markOutside(holes: Float32Array, { width, height }: Size, locate: LocateRow): void {
  const positions = new Float64Array(2 * width);
  for (let row = 0, i = 0; row < height; row++) {
    locate(row, positions);
    for (let p = 0; p < positions.length; p += 2, i++) {
      const x = positions[p]!;
      const y = positions[p + 1]!;
      const beyond = Math.max(-x, x - (width - 1), -y, y - (height - 1));
      // Written so that a position that is no number counts as outside.
      if (!(beyond <= 0)) holes[i] = beyond < 1 ? Math.max(holes[i]!, beyond) : 1;
    }
  }
}

function markUncovered(
  holes: Float32Array,
  { width, height }: Size,
  locate: LocateRow,
  depth: Float32Array,
): void {
  const covered = new Uint8Array(width * height);
  const [above, below] = [new Float64Array(2 * width), new Float64Array(2 * width)];
  let [upper, lower] = [above, below];
  forward(locate, 0, upper);
  coverPoints(covered, upper, width, height);
  for (let row = 1; row < height; row++) {
    forward(locate, row, lower);
    coverPoints(covered, lower, width, height);
    for (let column = 1; column < width; column++) {
      const i = row * width + column;
      const corners = [depth[i]!, depth[i - 1]!, depth[i - width]!, depth[i - width - 1]!];
      const [near, far] = [Math.min(...corners), Math.max(...corners)];
      const p = 2 * column;
      const isOneSheet =
        far - near <= MOST_STEP * near ||
        Math.max(
          stretch(upper, p, upper, p - 2),
          stretch(lower, p, lower, p - 2),
          stretch(upper, p, lower, p),
          stretch(upper, p - 2, lower, p - 2),
        ) <= MOST_STRETCH;
      if (isOneSheet) coverBox(covered, upper, lower, p, width, height);
    }
    [upper, lower] = [lower, upper];
  }
  for (let i = 0; i < holes.length; i++) if (covered[i] === 0) holes[i] = 1;
}

/** Where the pixels of a row come to lie: as far ahead as the warp looks back. */
function forward(locate: LocateRow, row: number, positions: Float64Array): void {
  locate(row, positions);
  for (let p = 0; p < positions.length; p += 2) {
    positions[p] = p - positions[p]!;
    positions[p + 1] = 2 * row - positions[p + 1]!;
  }
}

/** By how much two neighbors, one pixel apart in column or row, come to lie farther apart or closer than before. */
function stretch(a: Float64Array, p: number, b: Float64Array, q: number): number {
  const dx = Math.abs(a[p]! - b[q]!) - (p === q ? 0 : 1);
  const dy = Math.abs(a[p + 1]! - b[q + 1]!) - (p === q ? 1 : 0);
  return Math.max(Math.abs(dx), Math.abs(dy));
}

function coverPoints(covered: Uint8Array, positions: Float64Array, width: number, height: number): void {
  for (let p = 0; p < positions.length; p += 2) {
    const x = Math.round(positions[p]!);
    const y = Math.round(positions[p + 1]!);
    if (x >= 0 && x < width && y >= 0 && y < height) covered[y * width + x] = 1;
  }
}

/** Marks the pixels inside the box around four corners; where it is a little too large, its neighbors cover the same. */
function coverBox(
  covered: Uint8Array,
  upper: Float64Array,
  lower: Float64Array,
  p: number,
  width: number,
  height: number,
): void {
  const left = Math.ceil(Math.min(upper[p]!, upper[p - 2]!, lower[p]!, lower[p - 2]!));
  const right = Math.floor(Math.max(upper[p]!, upper[p - 2]!, lower[p]!, lower[p - 2]!));
  const top = Math.ceil(Math.min(upper[p + 1]!, upper[p - 1]!, lower[p + 1]!, lower[p - 1]!));
  const bottom = Math.floor(Math.max(upper[p + 1]!, upper[p - 1]!, lower[p + 1]!, lower[p - 1]!));
  for (let y = Math.max(0, top); y <= Math.min(height - 1, bottom); y++) {
    for (let x = Math.max(0, left); x <= Math.min(width - 1, right); x++) covered[y * width + x] = 1;
  }
}

/**
 * The holes of a picture after one more move: what this one tears, and those of earlier moves, which are part of the picture that moves on.
 *
 * @param holes those that the picture has, `height * width`; null for none
 * @param options as for {@link findHoles}
 * @throws RenderError like the warp
 */
export function addHoles(
  holes: Float32Array | null,
  size: Size,
  motion: CameraMotion,
  options: WarpOptions,
): Float32Array {
  const found = findHoles(size, motion, options);
  if (holes === null) return found;
  const older = moveHoles(holes, size, motion, options);
  return found.map((share, i) => Math.max(share, older[i]!));
}

function moveHoles(
  holes: Float32Array,
  size: Size,
  motion: CameraMotion,
  options: WarpOptions,
): Float32Array {
  const picture = grayPicture(holes, size);
  return shadesOf(warpImage(picture, motion, { ...options, sampling: "bilinear", depth: null }));
}
