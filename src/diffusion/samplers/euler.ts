/** Euler: straight steps along the probability-flow ODE. DDIM without noise is the same walk over other levels. */

import { addNoise, blendToward } from "./blend.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

/** More would take a step up by more than the square root of 2 (Karras et al. 2022, algorithm 2). */
const MOST_CHURN_PER_STEP = Math.SQRT2 - 1;

/**
 * Euler's method. Source: Karras et al. 2022, algorithm 2; k-diffusion `sample_euler`.
 *
 * In sigma scale it is DDIM with eta 0 (Song et al. 2021, section 4.3), so `ddim` is this function over {@link leadingSigmas}.
 */
export const euler: Sampler = eulerWithChurn(0);

/**
 * Euler's method with fresh noise in every step, for networks that predict epsilon. The network is asked before the noise is added, as in
 * diffusers' `EulerDiscreteScheduler` (k-diffusion asks after).
 *
 * @param churn noise added over the whole run, S_churn; 0 = none
 * @param noiseScale factor on that noise, S_noise, a little above 1 to make up for detail that denoising takes
 */
export function eulerWithChurn(churn: number, noiseScale = 1): Sampler {
  return (denoise, start, sigmas, options) => {
    const gamma = Math.min(churn / (sigmas.length - 1), MOST_CHURN_PER_STEP);
    return walk(start, sigmas, options, async (x, sigma, next, index) => {
      const denoised = await denoise(x, sigma);
      blendToward(x, denoised, next / sigma - gamma);
      if (gamma > 0) {
        addNoise(x, options.noise(index), noiseScale * sigma * Math.sqrt(gamma * gamma + 2 * gamma));
      }
      return denoised;
    });
  };
}
