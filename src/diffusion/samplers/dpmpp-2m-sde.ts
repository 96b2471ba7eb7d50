/** DPM++ 2M SDE: DPM++ 2M with fresh noise in every step. */

import { addNoise, blendToward, extrapolate } from "./blend.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

/**
 * DPM-Solver++(2M) for the diffusion SDE, midpoint form. Source: Lu et al. 2022 ("DPM-Solver++"), algorithm 2; k-diffusion
 * `sample_dpmpp_2m_sde`; diffusers `DPMSolverMultistepScheduler` with `sde-dpmsolver++`.
 *
 * With lambda = −log sigma and h = the step in lambda, the latent keeps the factor exp(−(1 + eta) h) and aims at
 * D0 + 1/2 · h / (previous h) · (D0 − D1), D0 and D1 being this and the previous clean estimate; the first and the last step aim at D0.
 */
export const dpmpp2mSde: Sampler = (denoise, start, sigmas, options) => {
  const { eta = 1, noiseScale = 1 } = options;
  let previous: { denoised: Float32Array; h: number } | undefined;
  return walk(start, sigmas, options, async (x, sigma, next, index) => {
    const denoised = await denoise(x, sigma);
    if (next === 0) {
      blendToward(x, denoised, 0);
      return denoised;
    }
    const h = Math.log(sigma / next);
    const target = previous ? extrapolate(denoised, previous.denoised, h / (2 * previous.h)) : denoised;
    blendToward(x, target, Math.exp(-(1 + eta) * h));
    const up = next * Math.sqrt(-Math.expm1(-2 * eta * h));
    if (up > 0) addNoise(x, options.noise(index), up * noiseScale);
    previous = { denoised, h };
    return denoised;
  });
};
