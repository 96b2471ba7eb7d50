/** The parabola that fits best around each pixel: what Farnebäck's flow compares between two pictures. */

import type { PlaneSize } from "./pyramid.ts";

/** Numbers per pixel of an expansion. */
export const COEFFICIENTS = 5;

/**
 * Around each pixel, f(x, y) ≈ c + b₁x + b₂y + a₁x² + a₂y² + a₃xy, fitted by least squares under a Gaussian weight. The constant is not
 * needed and not kept. Edge pixels are repeated.
 *
 * With g normalized and s = Σ g(k)k², the functions 1, x, y, x² − s, y² − s, xy are orthogonal under the weight g(x)g(y), so that each
 * coefficient is a correlation with its own function, and all of them are separable. Source: G. Farnebäck, Polynomial Expansion for
 * Orientation and Motion Estimation (2002), chapter 4; the orthogonal form is our own.
 *
 * @param plane `[height, width]`
 * @param radius pixels on each side that the fit looks at
 * @param sigma deviation of the weight, pixels
 * @returns `[height, width, 5]`: b₁, b₂, a₁, a₂, a₃
 */
export function expandPolynomials(
  plane: Float32Array,
  { width, height }: PlaneSize,
  radius: number,
  sigma: number,
): Float32Array {
  const weights = fitWeights(radius, sigma);
  const { smooth, slope, bend } = weights;
  const reach = smooth.length - 1;
  // Correlations along the columns with each of the three, `reach` repeated pixels on both sides.
  const smoothed = new Float64Array(width + 2 * reach);
  const sloped = new Float64Array(width + 2 * reach);
  const bent = new Float64Array(width + 2 * reach);
  const output = new Float32Array(COEFFICIENTS * width * height);
  for (let y = 0, o = 0; y < height; y++) {
    correlateColumns(plane, width, height, y, weights, smoothed, sloped, bent);
    for (let x = reach; x < width + reach; x++, o += COEFFICIENTS) {
      let b1 = 0;
      let b2 = smooth[0]! * sloped[x]!;
      let a1 = bend[0]! * smoothed[x]!;
      let a2 = smooth[0]! * bent[x]!;
      let a3 = 0;
      for (let k = 1; k <= reach; k++) {
        const g = smooth[k]!;
        const gk = slope[k]!;
        const right = smoothed[x + k]!;
        const left = smoothed[x - k]!;
        b1 += gk * (right - left);
        a1 += bend[k]! * (right + left);
        const slopedRight = sloped[x + k]!;
        const slopedLeft = sloped[x - k]!;
        b2 += g * (slopedRight + slopedLeft);
        a3 += gk * (slopedRight - slopedLeft);
        a2 += g * (bent[x + k]! + bent[x - k]!);
      }
      output[o] = b1;
      output[o + 1] = b2;
      output[o + 2] = a1;
      output[o + 3] = a2;
      output[o + 4] = a3;
    }
  }
  return output;
}

/** Weights of the pixels at distance 0 … radius, divided by the squared length of their function. */
interface FitWeights {
  /** g(k). */
  readonly smooth: Float64Array;
  /** g(k)·k / s. */
  readonly slope: Float64Array;
  /** g(k)·(k² − s) / (Σ g k⁴ − s²). */
  readonly bend: Float64Array;
}

/** Pixels that weigh less than this beside the middle one change the fit by less than rounding does. */
const NEGLIGIBLE = 1e-5;

function fitWeights(radius: number, sigma: number): FitWeights {
  const raw = Float64Array.from({ length: radius + 1 }, (_, k) =>
    Math.exp((-k * k) / (2 * sigma * sigma)),
  ).filter((weight, k) => k < 2 || weight > NEGLIGIBLE);
  const total = raw.reduce((sum, weight, k) => sum + (k === 0 ? weight : 2 * weight), 0);
  const smooth = raw.map((weight) => weight / total);
  const second = smooth.reduce((sum, g, k) => sum + 2 * g * k * k, 0);
  const fourth = smooth.reduce((sum, g, k) => sum + 2 * g * k ** 4, 0);
  return {
    smooth,
    slope: smooth.map((g, k) => (g * k) / second),
    bend: smooth.map((g, k) => (g * (k * k - second)) / (fourth - second * second)),
  };
}

function correlateColumns(
  plane: Float32Array,
  width: number,
  height: number,
  y: number,
  { smooth, slope, bend }: FitWeights,
  smoothed: Float64Array,
  sloped: Float64Array,
  bent: Float64Array,
): void {
  const reach = smooth.length - 1;
  const middle = y * width;
  const above = Int32Array.from(smooth, (_, k) => Math.max(0, y - k) * width);
  const below = Int32Array.from(smooth, (_, k) => Math.min(height - 1, y + k) * width);
  for (let x = 0, o = reach; x < width; x++, o++) {
    const value = plane[middle + x]!;
    let sum0 = smooth[0]! * value;
    let sum1 = 0;
    let sum2 = bend[0]! * value;
    for (let k = 1; k <= reach; k++) {
      const upper = plane[above[k]! + x]!;
      const lower = plane[below[k]! + x]!;
      sum0 += smooth[k]! * (lower + upper);
      sum1 += slope[k]! * (lower - upper);
      sum2 += bend[k]! * (lower + upper);
    }
    smoothed[o] = sum0;
    sloped[o] = sum1;
    bent[o] = sum2;
  }
  for (const line of [smoothed, sloped, bent]) {
    line.fill(line[reach]!, 0, reach);
    line.fill(line[reach + width - 1]!, reach + width);
  }
}
