/** DPM++ 2S ancestral: a single step of second order to a lower level, and back up by fresh noise. */

import { ancestralStep } from "./ancestral.ts";
import { addNoise, blendToward } from "./blend.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

/**
 * DPM-Solver++(2S) with ancestral noise, two network evaluations per step, one in the last. Source: Lu et al. 2022 ("DPM-Solver++"),
 * algorithm 1, midpoint r = 1/2; k-diffusion `sample_dpmpp_2s_ancestral`.
 */
export const dpmpp2sAncestral: Sampler = (denoise, start, sigmas, options) =>
  walk(start, sigmas, options, async (x, sigma, next, index) => {
    const { eta = 1, noiseScale = 1 } = options;
    const denoised = await denoise(x, sigma);
    const { down, up } = ancestralStep(sigma, next, eta);
    let target = denoised;
    if (down > 0) {
      const middle = Math.sqrt(sigma * down);
      const halfway = x.slice();
      blendToward(halfway, denoised, middle / sigma);
      target = await denoise(halfway, middle);
    }
    blendToward(x, target, down / sigma);
    if (up > 0) addNoise(x, options.noise(index), up * noiseScale);
    return denoised;
  });
