/** DPM++ SDE: second order, with the noise of one Brownian path at the middle and at the end of each step. */

import { ancestralStep } from "./ancestral.ts";
import { addNoise, blendToward } from "./blend.ts";
import { joinBrownian } from "./brownian.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

/**
 * DPM-Solver++ for the diffusion SDE, two network evaluations per step, one in the last. Source: Lu et al. 2022 ("DPM-Solver++"), midpoint
 * r = 1/2; k-diffusion `sample_dpmpp_sde`; diffusers `DPMSolverSDEScheduler`.
 *
 * The half step draws the noise `midpoint` of the step, the whole step continues it: see {@link joinBrownian}.
 */
export const dpmppSde: Sampler = (denoise, start, sigmas, options) =>
  walk(start, sigmas, options, async (x, sigma, next, index) => {
    const { eta = 1, noiseScale = 1, noise } = options;
    const denoised = await denoise(x, sigma);
    if (next === 0) {
      blendToward(x, denoised, 0);
      return denoised;
    }
    const middle = Math.sqrt(sigma * next);
    const half = ancestralStep(sigma, middle, eta);
    const whole = ancestralStep(sigma, next, eta);
    const toMiddle = half.up > 0 ? noise(index, "midpoint") : undefined;

    const halfway = x.slice();
    blendToward(halfway, denoised, half.down / sigma);
    if (toMiddle) addNoise(halfway, toMiddle, half.up * noiseScale);
    const target = await denoise(halfway, middle);

    blendToward(x, target, whole.down / sigma);
    if (toMiddle) {
      const share = (sigma - middle) / (sigma - next);
      addNoise(x, joinBrownian(toMiddle, noise(index), share), whole.up * noiseScale);
    }
    return denoised;
  });
