/** How alike two gray pictures are in structure (Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004). */

import type { LumaPlane } from "../scoring/luma.ts";
import { gaussianKernel } from "../tensor/gaussian-kernel.ts";

/** Section III-C: windows of 11 × 11 under a Gaussian of 1.5. */
const WINDOW = gaussianKernel(11, 1.5);
/** Equations 7 and 9: (K · 255)², K1 = 0.01 and K2 = 0.03. */
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/**
 * Mean SSIM over all windows that lie within the pictures, equations 13 and 17: 1 for equal pictures, about 0 for unrelated ones, −1 at least.
 *
 * @param a luma 0–255, both sides 11 or more
 * @param b of the same size
 */
export function structuralSimilarity(a: LumaPlane, b: LumaPlane): number {
  const { width, height } = a;
  if (width < WINDOW.length || height < WINDOW.length || b.width !== width || b.height !== height) {
    throw new RangeError(
      `SSIM needs two planes of one size, at least ${WINDOW.length} × ${WINDOW.length}; got ${width}×${height} and ${b.width}×${b.height}`,
    );
  }
  const meanA = weigh(a.values, width, height);
  const meanB = weigh(b.values, width, height);
  const squareA = weigh(product(a.values, a.values), width, height);
  const squareB = weigh(product(b.values, b.values), width, height);
  const both = weigh(product(a.values, b.values), width, height);
  let sum = 0;
  for (let i = 0; i < both.length; i++) {
    const means = meanA[i]! * meanB[i]!;
    const squaredMeans = meanA[i]! ** 2 + meanB[i]! ** 2;
    const variances = squareA[i]! + squareB[i]! - squaredMeans;
    const covariance = both[i]! - means;
    sum += ((2 * means + C1) * (2 * covariance + C2)) / ((squaredMeans + C1) * (variances + C2));
  }
  return sum / both.length;
}

function product(a: Float32Array, b: Float32Array): Float64Array {
  return Float64Array.from(a, (value, i) => value * b[i]!);
}

/** The weighted mean of each window that lies within the plane, `(width - 10) × (height - 10)`. */
function weigh(values: ArrayLike<number>, width: number, height: number): Float64Array {
  const innerWidth = width - WINDOW.length + 1;
  const innerHeight = height - WINDOW.length + 1;
  const rows = new Float64Array(innerWidth * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < innerWidth; x++) {
      let sum = 0;
      for (let k = 0; k < WINDOW.length; k++) sum += WINDOW[k]! * values[y * width + x + k]!;
      rows[y * innerWidth + x] = sum;
    }
  }
  const means = new Float64Array(innerWidth * innerHeight);
  for (let i = 0; i < means.length; i++) {
    let sum = 0;
    for (let k = 0; k < WINDOW.length; k++) sum += WINDOW[k]! * rows[i + k * innerWidth]!;
    means[i] = sum;
  }
  return means;
}
