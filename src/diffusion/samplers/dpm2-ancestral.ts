/** DPM2 ancestral: DPM2 to a lower level, and back up by fresh noise. */

import { ancestralStep } from "./ancestral.ts";
import { addNoise, blendToward, slopeAt } from "./blend.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

/**
 * DPM-Solver-2 with ancestral noise, two network evaluations per step, one in the last. Source: k-diffusion `sample_dpm_2_ancestral`;
 * diffusers `KDPM2AncestralDiscreteScheduler`.
 */
export const dpm2Ancestral: Sampler = (denoise, start, sigmas, options) =>
  walk(start, sigmas, options, async (x, sigma, next, index) => {
    const { eta = 1, noiseScale = 1 } = options;
    const denoised = await denoise(x, sigma);
    const { down, up } = ancestralStep(sigma, next, eta);
    if (down === 0) blendToward(x, denoised, 0);
    else {
      const middle = Math.sqrt(sigma * down);
      const halfway = x.slice();
      blendToward(halfway, denoised, middle / sigma);
      const slope = slopeAt(halfway, await denoise(halfway, middle), middle);
      addNoise(x, slope, down - sigma);
    }
    if (up > 0) addNoise(x, options.noise(index), up * noiseScale);
    return denoised;
  });
