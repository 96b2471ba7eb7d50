/** The bell curve as weights of neighboring pixels. */

/**
 * A Gaussian from its first pixel to its last; sums to 1.
 *
 * @param size pixels, odd
 * @param sigma deviation, pixels
 */
export function gaussianKernel(size: number, sigma: number): Float64Array {
  const radius = (size - 1) / 2;
  const weights = Float64Array.from({ length: size }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
