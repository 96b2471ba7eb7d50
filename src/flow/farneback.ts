/** Dense optical flow after Farnebäck: how far each pixel of one picture has moved in the next. */

import { COEFFICIENTS, expandPolynomials } from "./polynomial-expansion.ts";
import { gaussianKernel, type PlaneSize, resizeFlow, shrink } from "./pyramid.ts";

export interface FarnebackOptions {
  /** Size of a pyramid level relative to the one below, above 0 and below 1. Default 0.5. */
  readonly pyramidScale?: number;
  /** Smaller levels above the full size, at most; none gets smaller than 32 pixels. Default 5. */
  readonly levels?: number;
  /** Width of the square over which movement is averaged, odd, pixels. Default 21. */
  readonly window?: number;
  /** Rounds per level, at most: a level that no longer changes is left. Default 5. */
  readonly iterations?: number;
  /** Pixels on each side that the fitted parabola looks at. Default 7. */
  readonly polynomialRadius?: number;
  /** Deviation of the parabola's Gaussian weight, pixels. Default 1.2. */
  readonly polynomialSigma?: number;
}

/** A level is done when a round moves its vectors by less than this on average, pixels; the rest would move them by a tenth of it. */
const SETTLED = 0.003;

/** Below this a level says nothing about movement. */
const SMALLEST_SIDE = 32;

/**
 * Pixel p of `previous` is found at p + flow(p) in `next`. Both pictures are taken as parabolas around each pixel; their difference gives
 * the shift, averaged over a window, coarse to fine. The defaults are Deforum's.
 *
 * Source: G. Farnebäck, Two-Frame Motion Estimation Based on Polynomial Expansion (2003); pyramid, border weights and regularization
 * follow OpenCV's calcOpticalFlowFarneback (behavior).
 *
 * @param previous `[height, width]`, gray levels 0–255
 * @param next same shape
 * @returns `[height, width, 2]`: right and down, pixels
 * @throws RangeError when a plane does not fit the size
 */
export function farnebackFlow(
  previous: Float32Array,
  next: Float32Array,
  width: number,
  height: number,
  options: FarnebackOptions = {},
): Float32Array {
  const { pyramidScale = 0.5, levels = 5, window = 21, iterations = 5 } = options;
  const { polynomialRadius = 7, polynomialSigma = 1.2 } = options;
  if (previous.length !== width * height || next.length !== width * height) {
    throw new RangeError(
      `planes of ${width}×${height} have ${width * height} values, got ${previous.length} and ${next.length}`,
    );
  }
  const full = { width, height };
  let flow: Float32Array | null = null;
  let size: PlaneSize = full;
  for (const scale of levelScales(full, pyramidScale, levels)) {
    const finer = { width: Math.round(width * scale), height: Math.round(height * scale) };
    flow = flow
      ? resizeFlow(flow, size, finer, 1 / pyramidScale)
      : new Float32Array(2 * finer.width * finer.height);
    size = finer;
    const kernel = levelKernel(scale);
    const [before, after] = [previous, next].map((plane) =>
      expandPolynomials(shrink(plane, full, finer, kernel), finer, polynomialRadius, polynomialSigma),
    ) as [Float32Array, Float32Array];
    for (let round = 0; round < iterations; round++) {
      if (improveFlow(before, after, finer, window, flow) < SETTLED) break;
    }
  }
  return flow!;
}

/** Scales of the levels, coarse to fine, ending in 1. */
function levelScales({ width, height }: PlaneSize, pyramidScale: number, levels: number): number[] {
  const scales = [1];
  for (let scale = pyramidScale; scales.length <= levels; scale *= pyramidScale) {
    if (Math.min(width, height) * scale < SMALLEST_SIDE) break;
    scales.unshift(scale);
  }
  return scales;
}

/** The blur before a plane is shrunk; at full size a light one, against pixel noise. */
function levelKernel(scale: number): Float64Array {
  if (scale === 1) return Float64Array.of(0.25, 0.5, 0.25);
  const sigma = (1 / scale - 1) / 2;
  return gaussianKernel(Math.max(3, Math.round(sigma * 5) | 1), sigma);
}

/** Trust in the equations of a pixel so close to the edge, by distance 0 … 4; a fit there rests on repeated pixels. */
const EDGE_TRUST = [0.14, 0.14, 0.4472, 0.4472, 0.4472] as const;

function edgeTrust(size: number): Float64Array {
  return Float64Array.from(
    { length: size },
    (_, i) => (EDGE_TRUST[i] ?? 1) * (EDGE_TRUST[size - 1 - i] ?? 1),
  );
}

/**
 * The normal equations AᵀA d = AᵀΔb of each pixel of a row (Farnebäck 2003, equations 9–12) around its present flow.
 *
 * @param equations output, `[width, 5]` from `o` on: the symmetric matrix (11, 12, 22) and the right side
 */
function writeEquations(
  before: Float32Array,
  after: Float32Array,
  flow: Float32Array,
  { width, height }: PlaneSize,
  y: number,
  trustX: Float64Array,
  trustY: number,
  equations: Float32Array,
  o: number,
): void {
  const stride = COEFFICIENTS * width;
  for (
    let x = 0, i = 2 * y * width, c = y * stride;
    x < width;
    x++, i += 2, c += COEFFICIENTS, o += COEFFICIENTS
  ) {
    const dx = flow[i]!;
    const dy = flow[i + 1]!;
    const toX = x + dx;
    const toY = y + dy;
    let b1 = before[c]!;
    let b2 = before[c + 1]!;
    let a1 = before[c + 2]!;
    let a2 = before[c + 3]!;
    let a3 = before[c + 4]! * 0.5;
    if (toX >= 0 && toY >= 0 && toX < width - 1 && toY < height - 1) {
      const column = toX | 0;
      const row = toY | 0;
      const tx = toX - column;
      const ty = toY - row;
      const w11 = tx * ty;
      const w01 = tx - w11;
      const w10 = ty - w11;
      const w00 = 1 - tx - w10;
      const p = row * stride + COEFFICIENTS * column;
      const q = p + stride;
      b1 -= w00 * after[p]! + w01 * after[p + 5]! + w10 * after[q]! + w11 * after[q + 5]!;
      b2 -= w00 * after[p + 1]! + w01 * after[p + 6]! + w10 * after[q + 1]! + w11 * after[q + 6]!;
      a1 += w00 * after[p + 2]! + w01 * after[p + 7]! + w10 * after[q + 2]! + w11 * after[q + 7]!;
      a2 += w00 * after[p + 3]! + w01 * after[p + 8]! + w10 * after[q + 3]! + w11 * after[q + 8]!;
      a3 += (w00 * after[p + 4]! + w01 * after[p + 9]! + w10 * after[q + 4]! + w11 * after[q + 9]!) * 0.5;
      a1 *= 0.5;
      a2 *= 0.5;
      a3 *= 0.5;
    }
    const right = 0.5 * b1 + a1 * dx + a3 * dy;
    const down = 0.5 * b2 + a3 * dx + a2 * dy;
    const trust = trustX[x]! * trustY;
    const squared = trust * trust;
    equations[o] = (a1 * a1 + a3 * a3) * squared;
    equations[o + 1] = (a1 + a2) * a3 * squared;
    equations[o + 2] = (a2 * a2 + a3 * a3) * squared;
    equations[o + 3] = (a1 * right + a3 * down) * squared;
    equations[o + 4] = (a3 * right + a2 * down) * squared;
  }
}

/** Keeps the solution small where a window shows nothing that could have moved; levels⁴. */
const REGULARIZATION = 1e-3;

/**
 * One round: averages the equations over square windows (edge pixels repeated) and solves them. Rows of equations are made when a window
 * reaches them and forgotten behind it, so that they stay in the processor's cache.
 *
 * @param flow changed in place
 * @returns how far the vectors have moved, pixels, on average
 */
function improveFlow(
  before: Float32Array,
  after: Float32Array,
  size: PlaneSize,
  window: number,
  flow: Float32Array,
): number {
  const { width, height } = size;
  const radius = window >> 1;
  const stride = COEFFICIENTS * width;
  const pad = COEFFICIENTS * radius;
  const share = 1 / (window * window);
  const trustX = edgeTrust(width);
  const trustY = edgeTrust(height);
  const kept = Math.min(height, 2 * radius + 2);
  const equations = new Float32Array(kept * stride);
  const placeOf = (row: number): number => (clamp(row, height) % kept) * stride;
  const write = (row: number): void =>
    writeEquations(before, after, flow, size, row, trustX, trustY[row]!, equations, placeOf(row));
  for (let row = 0; row <= radius && row < height; row++) write(row);
  let moved = 0;
  // Sums over the window's rows, with `radius` repeated pixels on both sides; sums run on, so they are doubles.
  const sums = new Float64Array(stride + 2 * pad);
  for (let k = -radius; k <= radius; k++) {
    const row = placeOf(k);
    for (let j = 0; j < stride; j++) sums[pad + j]! += equations[row + j]!;
  }
  for (let y = 0, o = 0; y < height; y++) {
    if (y > 0) {
      if (y + radius < height) write(y + radius);
      const entering = placeOf(y + radius);
      const leaving = placeOf(y - radius - 1);
      for (let j = 0; j < stride; j++) sums[pad + j]! += equations[entering + j]! - equations[leaving + j]!;
    }
    for (let j = 0; j < pad; j++) {
      sums[j] = sums[pad + (j % COEFFICIENTS)]!;
      sums[pad + stride + j] = sums[pad + stride - COEFFICIENTS + (j % COEFFICIENTS)]!;
    }
    let g11 = 0;
    let g12 = 0;
    let g22 = 0;
    let h1 = 0;
    let h2 = 0;
    for (let j = 0; j < 2 * pad; j += COEFFICIENTS) {
      g11 += sums[j]!;
      g12 += sums[j + 1]!;
      g22 += sums[j + 2]!;
      h1 += sums[j + 3]!;
      h2 += sums[j + 4]!;
    }
    for (let x = 0, enter = 2 * pad, leave = 0; x < width; x++, o += 2) {
      g11 += sums[enter]!;
      g12 += sums[enter + 1]!;
      g22 += sums[enter + 2]!;
      h1 += sums[enter + 3]!;
      h2 += sums[enter + 4]!;
      const n12 = g12 * share;
      const scale = share / (g11 * g22 * share * share - n12 * n12 + REGULARIZATION);
      const right = (g22 * h1 - g12 * h2) * share * scale;
      const down = (g11 * h2 - g12 * h1) * share * scale;
      moved += Math.abs(right - flow[o]!) + Math.abs(down - flow[o + 1]!);
      flow[o] = right;
      flow[o + 1] = down;
      g11 -= sums[leave]!;
      g12 -= sums[leave + 1]!;
      g22 -= sums[leave + 2]!;
      h1 -= sums[leave + 3]!;
      h2 -= sums[leave + 4]!;
      enter += COEFFICIENTS;
      leave += COEFFICIENTS;
    }
  }
  return moved / (width * height);
}

function clamp(index: number, size: number): number {
  return index < 0 ? 0 : index < size ? index : size - 1;
}
