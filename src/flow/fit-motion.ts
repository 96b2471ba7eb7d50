/** The one move that explains most of a flow: shift, turn and zoom, or a change of perspective. */

import { IDENTITY, type Matrix3, multiply } from "../motion/matrix3.ts";
import { randomStream } from "../tensor/random.ts";
import { gradients } from "./gradients.ts";
import type { PlaneSize } from "./pyramid.ts";
import { solveLinear } from "./solve-linear.ts";

/** `affine`: shift, turn and zoom (four numbers). `perspective`: any homography (eight). */
export type MotionModel = "affine" | "perspective";

/** A place and where it has gone, pixels. */
interface Match {
  readonly x: number;
  readonly y: number;
  readonly toX: number;
  readonly toY: number;
}

/** Matches asked of the flow: more make the fit no better. */
const MATCHES = 900;
/** As in Deforum: fewer matches than this say nothing. */
const FEWEST = 9;
/** Squared slope per pixel below which a place has no texture to follow. */
const FLATTEST = 4;
/** Distance from where the move says, up to which a match agrees with it, pixels. Deforum's (OpenCV's) limits. */
const AGREEMENT = { affine: 3, perspective: 5 } as const;
const SAMPLE_SIZE = { affine: 2, perspective: 4 } as const;
const TRIES = 200;

/**
 * Finds the move by random sample consensus over textured places of the flow, then least squares over all that agree (Fischler and Bolles
 * 1981). The same flow gives the same move.
 *
 * @param flow `[height, width, 2]` from `plane` to the next picture
 * @param plane `[height, width]`, gray levels
 * @returns forward: pixel of `plane` → pixel of the next picture; the identity where too little can be followed
 */
export function fitMotion(
  flow: Float32Array,
  plane: Float32Array,
  size: PlaneSize,
  model: MotionModel,
): Matrix3 {
  const matches = texturedMatches(flow, plane, size);
  if (matches.length < FEWEST) return IDENTITY;
  const random = randomStream(0, "motion fit");
  const agree = (matrix: Matrix3): Match[] =>
    matches.filter((match) => distance(matrix, match) < AGREEMENT[model]);
  let best: Match[] = [];
  for (let i = 0; i < TRIES && best.length < matches.length; i++) {
    const sample = Array.from(
      { length: SAMPLE_SIZE[model] },
      () => matches[Math.floor(random.uniform() * matches.length)]!,
    );
    const matrix = leastSquares(sample, size, model);
    const agreeing = matrix ? agree(matrix) : [];
    if (agreeing.length > best.length) best = agreeing;
  }
  if (best.length < FEWEST) return IDENTITY;
  return leastSquares(best, size, model) ?? IDENTITY;
}

/** Matches on a grid, where there is texture and the way does not leave the picture. */
function texturedMatches(flow: Float32Array, plane: Float32Array, size: PlaneSize): Match[] {
  const { width, height } = size;
  const step = Math.max(1, Math.floor(Math.sqrt((width * height) / MATCHES)));
  const { right, down } = gradients(plane, size);
  const matches: Match[] = [];
  for (let y = step >> 1; y < height; y += step) {
    for (let x = step >> 1; x < width; x += step) {
      const i = y * width + x;
      const [toX, toY] = [x + flow[2 * i]!, y + flow[2 * i + 1]!];
      const stays = toX >= 0 && toY >= 0 && toX <= width - 1 && toY <= height - 1;
      if (stays && right[i]! ** 2 + down[i]! ** 2 >= FLATTEST) matches.push({ x, y, toX, toY });
    }
  }
  return matches;
}

/** How far from its target the matrix sends a place. */
function distance([a, b, c, d, e, f, g, h, i]: Matrix3, { x, y, toX, toY }: Match): number {
  const w = g * x + h * y + i;
  return Math.hypot((a * x + b * y + c) / w - toX, (d * x + e * y + f) / w - toY);
}

/** The best matrix for the matches; null when they do not decide one. */
function leastSquares(matches: readonly Match[], size: PlaneSize, model: MotionModel): Matrix3 | null {
  // Places about 1 instead of hundreds keep the equations well conditioned.
  const scale = 2 / Math.max(size.width, size.height);
  const [middleX, middleY] = [size.width / 2, size.height / 2];
  const unknowns = model === "affine" ? 4 : 8;
  const normal = Array.from({ length: unknowns }, () => Array<number>(unknowns + 1).fill(0));
  for (const match of matches) {
    const x = (match.x - middleX) * scale;
    const y = (match.y - middleY) * scale;
    const toX = (match.toX - middleX) * scale;
    const toY = (match.toY - middleY) * scale;
    const rows =
      model === "affine"
        ? [
            [x, y, 1, 0, toX],
            [y, -x, 0, 1, toY],
          ]
        : [
            [x, y, 1, 0, 0, 0, -x * toX, -y * toX, toX],
            [0, 0, 0, x, y, 1, -x * toY, -y * toY, toY],
          ];
    for (const row of rows) {
      for (let i = 0; i < unknowns; i++) {
        for (let j = 0; j <= unknowns; j++) normal[i]![j]! += row[i]! * row[j]!;
      }
    }
  }
  const solution = solveLinear(normal);
  if (solution === null) return null;
  const [a, b, c, d, e, f, g, h] = solution as [number, number, number, number, ...number[]];
  const matrix: Matrix3 = model === "affine" ? [a, b, c, -b, a, d, 0, 0, 1] : [a, b, c, d, e!, f!, g!, h!, 1];
  return inPixels(matrix, scale, middleX, middleY);
}

/** A matrix for scaled places about the middle → the same for pixels. */
function inPixels(matrix: Matrix3, scale: number, x: number, y: number): Matrix3 {
  const toScaled: Matrix3 = [scale, 0, -scale * x, 0, scale, -scale * y, 0, 0, 1];
  const toPixels: Matrix3 = [1 / scale, 0, x, 0, 1 / scale, y, 0, 0, 1];
  return multiply(toPixels, multiply(matrix, toScaled));
}
