/** Heun: Euler's step, looked at again from its end and corrected. */

import { blendToward } from "./blend.ts";
import { churnUp } from "./churn.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

/**
 * Heun's second-order method, two network evaluations per step; the last step, to level 0, is Euler's. Source: Karras et al. 2022,
 * algorithm 2; k-diffusion `sample_heun`; diffusers `HeunDiscreteScheduler`.
 */
export const heun: Sampler = (denoise, start, sigmas, options) =>
  walk(start, sigmas, options, async (x, sigma, next, index) => {
    const from = churnUp(x, sigma, sigmas.length - 1, index, options);
    const denoised = await denoise(x, from);
    if (next === 0) {
      blendToward(x, denoised, 0);
      return denoised;
    }
    const ahead = x.slice();
    blendToward(ahead, denoised, next / from);
    const denoisedAhead = await denoise(ahead, next);
    const half = (next - from) / 2;
    for (let i = 0; i < x.length; i++) {
      const slope = (x[i]! - denoised[i]!) / from;
      const slopeAhead = (ahead[i]! - denoisedAhead[i]!) / next;
      x[i]! += half * (slope + slopeAhead);
    }
    return denoised;
  });
