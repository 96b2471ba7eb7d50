/** Euler ancestral: steps that go further down and come back up by fresh noise. DDIM with eta 1 is the same walk over other levels. */

import { addNoise, blendToward } from "./blend.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

/**
 * Euler's method to sigmaDown, then noise up to the next level, sigmaDown² + sigmaUp² = next². Source: k-diffusion `sample_euler_ancestral`,
 * eta 1. The same numbers as DDIM with eta 1 (Song et al. 2021, equation 16) in sigma scale.
 */
export const eulerAncestral: Sampler = (denoise, start, sigmas, options) =>
  walk(start, sigmas, options, async (x, sigma, next, index) => {
    const denoised = await denoise(x, sigma);
    const sigmaUp = (next * Math.sqrt(sigma * sigma - next * next)) / sigma;
    const sigmaDown = (next * next) / sigma;
    blendToward(x, denoised, sigmaDown / sigma);
    if (next > 0) addNoise(x, options.noise(index), sigmaUp);
    return denoised;
  });
