/** The parabola that fits best around each pixel: what Farnebäck's flow compares between two pictures. */

import { floatsAt, kernels, lendMemory, roundUp } from "../kernels/kernels.ts";
import { setTerms, termBytes, weighRows } from "../kernels/weigh-rows.ts";
import { TAP_RULES } from "../motion/padding.ts";
import { gaussianKernel } from "../tensor/gaussian-kernel.ts";
import type { PlaneSize } from "./pyramid.ts";

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
 * @param fits place for `[height, width, 4]` floats in the kernels' memory: b₁, b₂, a₁, a₂
 * @param mixed place for `[height, width]` floats: a₃
 */
export function expandPolynomials(
  plane: Float32Array,
  { width, height }: PlaneSize,
  radius: number,
  sigma: number,
  fits: number,
  mixed: number,
): void {
  const weights = fitWeights(radius, sigma);
  const taps = weights.smooth.length;
  const reach = taps >> 1;
  const rowBytes = roundUp(4 * width, 64);
  // A row correlated along the columns, `reach` repeated pixels on both sides.
  const lineBytes = roundUp(4 * (width + 2 * reach), 64) + 64;
  const lists = Array.from({ length: 8 }, () => termBytes(taps));
  const sizes = [4 * plane.length, 3 * lineBytes, 4 * rowBytes, ...lists];
  lendMemory(sizes, (source, lines, rows, toSmooth, toSlope, toBend, b1, b2, a1, a2, a3) => {
    floatsAt(source, plane.length).set(plane);
    const [smoothed, sloped, bent] = [lines, lines + lineBytes, lines + 2 * lineBytes] as const;
    const shifted = (line: number): number[] => Array.from(weights.smooth, (_, i) => line + 4 * i);
    setTerms(b1, shifted(smoothed), weights.slope);
    setTerms(b2, shifted(sloped), weights.smooth);
    setTerms(a1, shifted(smoothed), weights.bend);
    setTerms(a2, shifted(bent), weights.smooth);
    setTerms(a3, shifted(sloped), weights.slope);
    const [first, second, third, fourth] = [
      rows,
      rows + rowBytes,
      rows + 2 * rowBytes,
      rows + 3 * rowBytes,
    ] as const;
    const middle = 4 * reach;
    for (let y = 0; y < height; y++) {
      const around = Array.from(
        weights.smooth,
        (_, i) => source + 4 * width * TAP_RULES.border(y + i - reach, height),
      );
      setTerms(toSmooth, around, weights.smooth);
      setTerms(toSlope, around, weights.slope);
      setTerms(toBend, around, weights.bend);
      // What a kernel writes past the end of its row is written over by `repeatEdges` or by the next row.
      weighRows(toSmooth, taps, smoothed + middle, width);
      repeatEdges(smoothed, width, reach);
      weighRows(toSlope, taps, sloped + middle, width);
      repeatEdges(sloped, width, reach);
      weighRows(toBend, taps, bent + middle, width);
      repeatEdges(bent, width, reach);
      weighRows(b1, taps, first, width);
      weighRows(b2, taps, second, width);
      weighRows(a1, taps, third, width);
      weighRows(a2, taps, fourth, width);
      kernels.interleave(first, second, third, fourth, fits + 16 * y * width, width);
      weighRows(a3, taps, mixed + 4 * y * width, width);
    }
  });
}

function repeatEdges(line: number, width: number, reach: number): void {
  const values = floatsAt(line, width + 2 * reach);
  values.fill(values[reach]!, 0, reach);
  values.fill(values[reach + width - 1]!, reach + width);
}

/** Weights of the pixels at distance −radius … radius, divided by the squared length of their function. */
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
  let reach = radius;
  while (reach > 1 && Math.exp((-reach * reach) / (2 * sigma * sigma)) <= NEGLIGIBLE) reach--;
  const distances = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const smooth = gaussianKernel(distances.length, sigma);
  const second = smooth.reduce((sum, g, i) => sum + g * distances[i]! ** 2, 0);
  const fourth = smooth.reduce((sum, g, i) => sum + g * distances[i]! ** 4, 0);
  return {
    smooth,
    slope: smooth.map((g, i) => (g * distances[i]!) / second),
    bend: smooth.map((g, i) => (g * (distances[i]! ** 2 - second)) / (fourth - second * second)),
  };
}
