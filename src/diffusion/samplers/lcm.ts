/** LCM: every step jumps to the clean estimate and adds fresh noise up to the next level. */

import { addNoise } from "./blend.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

/**
 * Multistep consistency sampling. Source: Luo et al. 2023 ("Latent Consistency Models"), algorithm 3; diffusers `LCMScheduler`.
 *
 * The boundary factors of the paper (c_skip, c_out) are left out: they differ from 0 and 1 by less than 1e-5 at timesteps of 19 and up, the
 * lowest of the 50 that such models know.
 */
export const lcm: Sampler = (denoise, start, sigmas, options) =>
  walk(start, sigmas, options, async (x, sigma, next, index) => {
    const denoised = await denoise(x, sigma);
    x.set(denoised);
    if (next > 0) addNoise(x, options.noise(index), next * (options.noiseScale ?? 1));
    return denoised;
  });
