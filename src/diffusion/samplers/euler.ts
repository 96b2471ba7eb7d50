/** Euler: straight steps along the probability-flow ODE. */

import { blendToward } from "./blend.ts";
import { churnUp } from "./churn.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

/**
 * Euler's method. Source: Karras et al. 2022, algorithm 2 at first order; k-diffusion `sample_euler`.
 *
 * Where x = (1 − s) · x0 + s · noise, as flow-matching models have it, the same step over the levels s is diffusers'
 * `FlowMatchEulerDiscreteScheduler`: x + (next − s) · velocity, velocity = (x − x0) / s.
 */
export const euler: Sampler = (denoise, start, sigmas, options) =>
  walk(start, sigmas, options, async (x, sigma, next, index) => {
    const from = churnUp(x, sigma, sigmas.length - 1, index, options);
    const denoised = await denoise(x, from);
    blendToward(x, denoised, next / from);
    return denoised;
  });
