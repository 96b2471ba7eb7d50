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
  // Correlations along the columns, three per pixel, with `radius` repeated pixels on both sides.
  const columns = new Float32Array(3 * (width + 2 * radius));
  const output = new Float32Array(COEFFICIENTS * width * height);
  for (let y = 0, o = 0; y < height; y++) {
    correlateColumns(plane, width, height, y, weights, columns);
    for (let x = 0; x < width; x++, o += COEFFICIENTS) {
      const center = 3 * (x + radius);
      const here = columns[center]!;
      let b1 = 0;
      let b2 = smooth[0]! * columns[center + 1]!;
      let a1 = bend[0]! * here;
      let a2 = smooth[0]! * columns[center + 2]!;
      let a3 = 0;
      for (let k = 1, r = center + 3, l = center - 3; k <= radius; k++, r += 3, l -= 3) {
        const g = smooth[k]!;
        const gk = slope[k]!;
        b1 += gk * (columns[r]! - columns[l]!);
        a1 += bend[k]! * (columns[r]! + columns[l]!);
        b2 += g * (columns[r + 1]! + columns[l + 1]!);
        a3 += gk * (columns[r + 1]! - columns[l + 1]!);
        a2 += g * (columns[r + 2]! + columns[l + 2]!);
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

function fitWeights(radius: number, sigma: number): FitWeights {
  const raw = Float64Array.from({ length: radius + 1 }, (_, k) => Math.exp((-k * k) / (2 * sigma * sigma)));
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
  columns: Float32Array,
): void {
  const radius = smooth.length - 1;
  const middle = y * width;
  for (let x = 0, o = 3 * radius; x < width; x++, o += 3) {
    const value = plane[middle + x]!;
    columns[o] = smooth[0]! * value;
    columns[o + 1] = 0;
    columns[o + 2] = bend[0]! * value;
  }
  for (let k = 1; k <= radius; k++) {
    const above = Math.max(0, y - k) * width;
    const below = Math.min(height - 1, y + k) * width;
    const g = smooth[k]!;
    const gk = slope[k]!;
    const gb = bend[k]!;
    for (let x = 0, o = 3 * radius; x < width; x++, o += 3) {
      const upper = plane[above + x]!;
      const lower = plane[below + x]!;
      const sum = lower + upper;
      columns[o]! += g * sum;
      columns[o + 1]! += gk * (lower - upper);
      columns[o + 2]! += gb * sum;
    }
  }
  const last = 3 * (radius + width - 1);
  for (let k = 1; k <= radius; k++) {
    columns.copyWithin(3 * (radius - k), 3 * radius, 3 * radius + 3);
    columns.copyWithin(last + 3 * k, last, last + 3);
  }
}
