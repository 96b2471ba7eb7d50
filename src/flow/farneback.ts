/** Dense optical flow after Farnebäck: how far each pixel of one picture has moved in the next. */

import { doublesAt, floatsAt, kernels, lendMemory, roundUp } from "../kernels/kernels.ts";
import { TAP_RULES } from "../motion/padding.ts";
import { gaussianKernel } from "../tensor/gaussian-kernel.ts";
import { expandPolynomials } from "./polynomial-expansion.ts";
import { type PlaneSize, resizeFlow, shrink } from "./pyramid.ts";

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
    const planes = [previous, next].map((plane) => shrink(plane, full, finer, kernel)) as [
      Float32Array,
      Float32Array,
    ];
    improveLevel(planes, finer, flow, { window, iterations, polynomialRadius, polynomialSigma });
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

/** Numbers per pixel of the equations: the symmetric matrix (11, 12, 22), the right side, and 0 to make it an even number. */
const TERMS = 6;

/** Rounds at one level, until it no longer changes. The flow is changed in place. */
function improveLevel(
  [previous, next]: readonly [Float32Array, Float32Array],
  size: PlaneSize,
  flow: Float32Array,
  options: Required<Omit<FarnebackOptions, "pyramidScale" | "levels">>,
): void {
  const pixels = size.width * size.height;
  const { iterations, window, polynomialRadius, polynomialSigma } = options;
  const sizes = [16 * pixels, 4 * pixels, 16 * pixels, 4 * pixels, 8 * pixels];
  lendMemory(sizes, (before, beforeMixed, after, afterMixed, vectors) => {
    expandPolynomials(previous, size, polynomialRadius, polynomialSigma, before, beforeMixed);
    expandPolynomials(next, size, polynomialRadius, polynomialSigma, after, afterMixed);
    floatsAt(vectors, 2 * pixels).set(flow);
    for (let round = 0; round < iterations; round++) {
      const moved = improveFlow({ before, beforeMixed, after, afterMixed, vectors }, size, window);
      if (moved < SETTLED) break;
    }
    flow.set(floatsAt(vectors, 2 * pixels));
  });
}

/** Places in the kernels' memory: the expansions of both pictures, and the flow. */
interface Level {
  readonly before: number;
  readonly beforeMixed: number;
  readonly after: number;
  readonly afterMixed: number;
  readonly vectors: number;
}

/** Keeps the solution small where a window shows nothing that could have moved; levels⁴. */
const REGULARIZATION = 1e-3;

/**
 * One round: the normal equations AᵀA d = AᵀΔb of each pixel around its present flow (Farnebäck 2003, equations 9–12), summed over square
 * windows (edge pixels repeated) and solved. Rows of equations are made when a window reaches them and forgotten behind it, so that they
 * stay in the processor's cache.
 *
 * @returns how far the vectors have moved, pixels, on average
 */
function improveFlow(level: Level, { width, height }: PlaneSize, window: number): number {
  const { before, beforeMixed, after, afterMixed, vectors } = level;
  const radius = window >> 1;
  const pad = TERMS * radius;
  const stride = TERMS * width;
  const kept = Math.min(height, 2 * radius + 2);
  const rowBytes = roundUp(4 * stride, 64);
  const trustY = edgeTrust(height);
  let moved = 0;
  lendMemory(
    [4 * width, kept * rowBytes, rowBytes, 8 * (stride + 2 * pad)],
    (trusts, rows, nothing, place) => {
      floatsAt(trusts, width).set(edgeTrust(width));
      floatsAt(nothing, stride).fill(0);
      // With `radius` repeated pixels on both sides. Sums run on, so they are doubles.
      const sums = doublesAt(place, stride + 2 * pad).fill(0);
      const middle = place + 8 * pad;
      const placeOf = (row: number): number => rows + (TAP_RULES.border(row, height) % kept) * rowBytes;
      const write = (y: number): void =>
        kernels.equationsRow(
          before,
          beforeMixed,
          after,
          afterMixed,
          vectors,
          width,
          height,
          y,
          trusts,
          trustY[y]!,
          placeOf(y),
        );
      for (let row = 0; row <= radius && row < height; row++) write(row);
      for (let k = -radius; k <= radius; k++) kernels.slideSums(middle, placeOf(k), nothing, stride);
      for (let y = 0; y < height; y++) {
        if (y > 0) {
          if (y + radius < height) write(y + radius);
          kernels.slideSums(middle, placeOf(y + radius), placeOf(y - radius - 1), stride);
        }
        for (let j = 0; j < pad; j++) {
          sums[j] = sums[pad + (j % TERMS)]!;
          sums[pad + stride + j] = sums[pad + stride - TERMS + (j % TERMS)]!;
        }
        moved += kernels.solveRow(
          place,
          width,
          radius,
          REGULARIZATION * window ** 4,
          vectors + 8 * y * width,
        );
      }
    },
  );
  return moved / (width * height);
}
