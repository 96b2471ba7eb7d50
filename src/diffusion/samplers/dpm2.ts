/** DPM2: a step along the slope that is found half-way. */

import { addNoise, blendToward, slopeAt } from "./blend.ts";
import { churnUp } from "./churn.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

/**
 * DPM-Solver-2, two network evaluations per step, the second at the geometric mean of both levels; the last step, to level 0, is Euler's.
 * Source: Lu et al. 2022 ("DPM-Solver"), algorithm 1, in Karras' frame; k-diffusion `sample_dpm_2`; diffusers `KDPM2DiscreteScheduler`.
 */
export const dpm2: Sampler = (denoise, start, sigmas, options) =>
  walk(start, sigmas, options, async (x, sigma, next, index) => {
    const from = churnUp(x, sigma, sigmas.length - 1, index, options);
    const denoised = await denoise(x, from);
    if (next === 0) {
      blendToward(x, denoised, 0);
      return denoised;
    }
    const middle = Math.sqrt(from * next);
    const halfway = x.slice();
    blendToward(halfway, denoised, middle / from);
    const slope = slopeAt(halfway, await denoise(halfway, middle), middle);
    addNoise(x, slope, next - from);
    return denoised;
  });
