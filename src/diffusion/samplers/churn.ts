/** Churn: noise added before a step, for samplers that know none of their own. */

import { addNoise } from "./blend.ts";
import type { SamplerOptions } from "./sampler.ts";

/** More would take a step up by more than the square root of 2 (Karras et al. 2022, algorithm 2). */
const MOST_CHURN_PER_STEP = Math.SQRT2 - 1;

/**
 * Lifts `x` in place from level `sigma` to a higher one, from which the step is then taken. Source: Karras et al. 2022, algorithm 2, lines 4
 * to 6; k-diffusion. Without churn, and at levels outside of churnFrom … churnTo, nothing happens.
 *
 * @param steps of the whole walk, among which the churn is shared out
 * @param index of the step, from 0
 * @returns the level of `x` now
 */
export function churnUp(
  x: Float32Array,
  sigma: number,
  steps: number,
  index: number,
  { noise, churn = 0, churnFrom = 0, churnTo = Infinity, noiseScale = 1 }: SamplerOptions,
): number {
  const isInside = sigma >= churnFrom && sigma <= churnTo;
  const gamma = isInside ? Math.min(churn / steps, MOST_CHURN_PER_STEP) : 0;
  if (gamma === 0) return sigma;
  addNoise(x, noise(index), noiseScale * sigma * Math.sqrt(gamma * gamma + 2 * gamma));
  return sigma * (1 + gamma);
}
