/** Euler ancestral: steps that go further down and come back up by fresh noise. DDIM and DDPM are the same walk over other levels. */

import { ancestralStep } from "./ancestral.ts";
import { addNoise, blendToward } from "./blend.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

/**
 * Euler's method to `down`, then noise up to the next level. Source: k-diffusion `sample_euler_ancestral`.
 *
 * In sigma scale it is DDIM with the same eta (Song et al. 2021, equation 12), eta 0 being Euler, and with eta 1 DDPM with its smaller
 * variance (Ho et al. 2020, equation 7; diffusers' `fixed_small`).
 */
export const eulerAncestral: Sampler = (denoise, start, sigmas, options) =>
  walk(start, sigmas, options, async (x, sigma, next, index) => {
    const { eta = 1, noiseScale = 1 } = options;
    const denoised = await denoise(x, sigma);
    const { down, up } = ancestralStep(sigma, next, eta);
    blendToward(x, denoised, down / sigma);
    if (up > 0) addNoise(x, options.noise(index), up * noiseScale);
    return denoised;
  });
