/** DPM++ 3M SDE: third order from the memory of two steps, with fresh noise in every step. */

import { addNoise, blendToward } from "./blend.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

interface Estimate {
  readonly denoised: Float32Array;
  /** Step in lambda = −log sigma that was taken from it. */
  readonly h: number;
}

/**
 * DPM-Solver++(3M) for the diffusion SDE. Source: k-diffusion `sample_dpmpp_3m_sde`, which follows Lu et al. 2022 ("DPM-Solver++").
 *
 * To the exponential Euler step it adds phi2 · d1 − phi3 · d2: first and second derivative of the clean estimate by lambda, from the last
 * two and three estimates, and the phi functions of exponential integrators.
 */
export const dpmpp3mSde: Sampler = (denoise, start, sigmas, options) => {
  const { eta = 1, noiseScale = 1 } = options;
  let last: Estimate | undefined;
  let beforeLast: Estimate | undefined;
  return walk(start, sigmas, options, async (x, sigma, next, index) => {
    const denoised = await denoise(x, sigma);
    if (next === 0) {
      blendToward(x, denoised, 0);
      return denoised;
    }
    const h = Math.log(sigma / next);
    const decay = (1 + eta) * h;
    const phi2 = Math.expm1(-decay) / decay + 1;
    const phi3 = phi2 / decay - 0.5;
    blendToward(x, denoised, Math.exp(-decay));
    if (last) addDerivatives(x, denoised, last, beforeLast, h, phi2, phi3);
    const up = next * Math.sqrt(-Math.expm1(-2 * eta * h));
    if (up > 0) addNoise(x, options.noise(index), up * noiseScale);
    beforeLast = last;
    last = { denoised, h };
    return denoised;
  });
};

function addDerivatives(
  x: Float32Array,
  denoised: Float32Array,
  last: Estimate,
  beforeLast: Estimate | undefined,
  h: number,
  phi2: number,
  phi3: number,
): void {
  const r0 = last.h / h;
  if (!beforeLast) {
    addDifference(x, denoised, last.denoised, phi2 / r0);
    return;
  }
  const r1 = beforeLast.h / h;
  // d1 = near + (near − far) · r0 / (r0 + r1) and d2 = (near − far) / (r0 + r1), with the slopes of the last two pairs.
  const ofBend = (phi2 * r0 - phi3) / (r0 + r1);
  addDifference(x, denoised, last.denoised, (phi2 + ofBend) / r0);
  addDifference(x, last.denoised, beforeLast.denoised, -ofBend / r1);
}

function addDifference(x: Float32Array, now: Float32Array, before: Float32Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i]! += factor * (now[i]! - before[i]!);
}
