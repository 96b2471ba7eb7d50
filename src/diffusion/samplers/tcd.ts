/** TCD: every step goes below the next level and comes back up by fresh noise, as far as its eta says. */

import { type NoiseLadder, sigmaAt, timestepAt } from "../sigmas.ts";
import { addNoise, blendToward } from "./blend.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

/**
 * Strategic stochastic sampling of trajectory consistency distillation. Source: Zheng et al. 2024 ("TCD"), algorithm 4; diffusers
 * `TCDScheduler`.
 *
 * A step from timestep t to t' first goes to s = floor((1 − eta) · t'), then noise leads up to t'. eta (gamma in the paper) 0 adds none; 1 is
 * LCM's way.
 *
 * @param ladder of the model, because s is a timestep
 */
export function tcdSampler(ladder: NoiseLadder): Sampler {
  return (denoise, start, sigmas, options) =>
    walk(start, sigmas, options, async (x, sigma, next, index) => {
      const { eta = 0.3, noiseScale = 1 } = options;
      const denoised = await denoise(x, sigma);
      // The levels are those of whole timesteps; the way back from a level to its timestep may miss by a rounding error.
      const timestep = Math.round(timestepAt(ladder, next));
      const down = Math.min(next, sigmaAt(ladder, Math.floor((1 - eta) * timestep)));
      blendToward(x, denoised, down / sigma);
      const up = Math.sqrt(next * next - down * down);
      if (up > 0) addNoise(x, options.noise(index), up * noiseScale);
      return denoised;
    });
}
