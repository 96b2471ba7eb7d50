/** DPM++ 2M: second order from the memory of the previous step, at one network evaluation per step. */

import { blendToward, extrapolate } from "./blend.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

/** Shorter walks take their last step at first order, which is steadier there (diffusers). */
const SHORT_WALK_STEPS = 15;

/** DPM-Solver++(2M) in the midpoint form, the one of k-diffusion and of diffusers' default. */
export const dpmpp2m: Sampler = dpmpp2mSolver("midpoint");

/**
 * DPM-Solver++(2M). Source: Lu et al. 2022 ("DPM-Solver++"), algorithm 2; k-diffusion `sample_dpmpp_2m`; diffusers
 * `DPMSolverMultistepScheduler`, whose alpha scale gives the same walk.
 *
 * With lambda = −log sigma and h = the step in lambda, each step aims at D0 + c · h / (previous h) · (D0 − D1), D0 and D1 being this and
 * the previous clean estimate. c = 1/2 in the midpoint form, 1 / (1 − exp(−h)) − 1/h in the Heun form. The first step, and a last one to
 * level 0 or of a walk below 15 steps, aim at D0.
 */
export function dpmpp2mSolver(form: "midpoint" | "heun"): Sampler {
  return (denoise, start, sigmas, options) => {
    const steps = sigmas.length - 1;
    let previous: { denoised: Float32Array; h: number } | undefined;
    return walk(start, sigmas, options, async (x, sigma, next, index) => {
      const denoised = await denoise(x, sigma);
      const ratio = next / sigma;
      const h = -Math.log(ratio);
      const endsPlainly = next === 0 || (index === steps - 1 && steps < SHORT_WALK_STEPS);
      let target = denoised;
      if (previous && !endsPlainly) {
        const c = form === "midpoint" ? 1 / 2 : 1 / (1 - ratio) - 1 / h;
        target = extrapolate(denoised, previous.denoised, (c * h) / previous.h);
      }
      blendToward(x, target, ratio);
      previous = { denoised, h };
      return denoised;
    });
  };
}
