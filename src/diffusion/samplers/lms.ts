/** LMS: the slopes of the last four steps, led on by a polynomial. */

import { addNoise, slopeAt } from "./blend.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

const ORDER = 4;

/**
 * Linear multistep method (Adams–Bashforth over uneven levels) of order up to 4. Source: k-diffusion `sample_lms`; diffusers
 * `LMSDiscreteScheduler`. One network evaluation per step.
 */
export const lms: Sampler = (denoise, start, sigmas, options) => {
  const slopes: Float32Array[] = [];
  return walk(start, sigmas, options, async (x, sigma, _next, index) => {
    const denoised = await denoise(x, sigma);
    slopes.unshift(slopeAt(x, denoised, sigma));
    slopes.splice(ORDER);
    for (const [back, slope] of slopes.entries())
      addNoise(x, slope, lmsWeight(sigmas, index, slopes.length, back));
    return denoised;
  });
};

/** Offset of the nodes of Gauss–Legendre quadrature from the middle, in half widths: two are exact for polynomials up to degree 3. */
const GAUSS_NODE = 1 / Math.sqrt(3);

/**
 * Integral, over the step from `sigmas[index]`, of the Lagrange polynomial that is 1 at the level `back` steps ago and 0 at the other
 * levels of the last `order` steps.
 */
function lmsWeight(sigmas: ArrayLike<number>, index: number, order: number, back: number): number {
  const basis = (level: number): number => {
    let product = 1;
    for (let other = 0; other < order; other++) {
      if (other === back) continue;
      product *= (level - sigmas[index - other]!) / (sigmas[index - back]! - sigmas[index - other]!);
    }
    return product;
  };
  const halfWidth = (sigmas[index + 1]! - sigmas[index]!) / 2;
  const middle = sigmas[index]! + halfWidth;
  return halfWidth * (basis(middle - GAUSS_NODE * halfWidth) + basis(middle + GAUSS_NODE * halfWidth));
}
