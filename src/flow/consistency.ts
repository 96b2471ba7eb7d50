/** Where a flow can be trusted: there, the way back leads to where it began. */

import { gaussianKernel } from "../tensor/gaussian-kernel.ts";
import type { PlaneSize } from "./pyramid.ts";

/** A way back may miss by this share of the squared lengths of both ways … */
const MISS_SHARE = 0.01;
/** … plus this, squared pixels. */
const MISS = 0.5;

export interface ConsistencyOptions {
  /** Deviation of the blur over the weights, pixels; 0 = none. Default 2. */
  readonly blur?: number;
  /**
   * Unreliable vectors weigh −0.75, as in Deforum, which sends them backwards; otherwise 0. Default false.
   */
  readonly deforumExact?: boolean;
}

/**
 * How far each vector of `forward` can be trusted: 1, or 0 where |F + B(p + F)|² ≥ 0.01 (|F|² + |B|²) + 0.5: things that are hidden in one
 * of the pictures. Blurred; towards the edges of the picture weights fall, since nothing is known outside.
 *
 * Source: N. Sundaram and others, Dense Point Trajectories by GPU-accelerated Large Displacement Optical Flow (2010), equation 5.
 *
 * @param forward `[height, width, 2]`, from the first picture to the second
 * @param backward same shape, from the second to the first
 * @returns `[height, width]`
 */
export function consistencyWeights(
  forward: Float32Array,
  backward: Float32Array,
  size: PlaneSize,
  { blur = 2, deforumExact = false }: ConsistencyOptions = {},
): Float32Array {
  const { width, height } = size;
  const weights = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const right = forward[2 * i]!;
      const down = forward[2 * i + 1]!;
      lookBack(backward, size, x + right, y + down);
      const miss = (right + BACK[0]!) ** 2 + (down + BACK[1]!) ** 2;
      const length = right * right + down * down + BACK[0]! ** 2 + BACK[1]! ** 2;
      weights[i] = miss < MISS_SHARE * length + MISS ? 1 : deforumExact ? -0.75 : 0;
    }
  }
  return blur > 0 ? blurWeights(weights, size, blur) : weights;
}

/** The flow with each vector shortened by its weight. */
export function weighFlow(flow: Float32Array, weights: Float32Array): Float32Array {
  return flow.map((value, i) => value * weights[i >> 1]!);
}

// Workspace of the function below, so that no pixel allocates.
const BACK = new Float64Array(2);

function lookBack(flow: Float32Array, { width, height }: PlaneSize, x: number, y: number): void {
  const px = Math.min(width - 1, Math.max(0, x));
  const py = Math.min(height - 1, Math.max(0, y));
  const left = px | 0;
  const top = py | 0;
  const tx = px - left;
  const ty = py - top;
  const n = 2 * (top * width + left);
  const across = left < width - 1 ? 2 : 0;
  const below = top < height - 1 ? 2 * width : 0;
  for (let c = 0; c < 2; c++) {
    const upper = (1 - tx) * flow[n + c]! + tx * flow[n + across + c]!;
    const lower = (1 - tx) * flow[n + below + c]! + tx * flow[n + below + across + c]!;
    BACK[c] = (1 - ty) * upper + ty * lower;
  }
}

/** A Gaussian cut off at one deviation, as Deforum's; zero outside the picture. */
function blurWeights(weights: Float32Array, { width, height }: PlaneSize, deviation: number): Float32Array {
  const radius = Math.floor(deviation + 0.5);
  const kernel = gaussianKernel(2 * radius + 1, deviation);
  return blurAlong(blurAlong(weights, width, height, 1, kernel), height, width, width, kernel);
}

/** Blurs each of the lines of `length` values that lie `step` apart. */
function blurAlong(
  values: Float32Array,
  length: number,
  lines: number,
  step: number,
  kernel: Float64Array,
): Float32Array {
  const radius = kernel.length >> 1;
  const lineStep = step === 1 ? length : 1;
  const blurred = new Float32Array(values.length);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let k = Math.max(-radius, -i); k <= Math.min(radius, length - 1 - i); k++) {
        sum += kernel[radius + k]! * values[line * lineStep + (i + k) * step]!;
      }
      blurred[line * lineStep + i * step] = sum;
    }
  }
  return blurred;
}
