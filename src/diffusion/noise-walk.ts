/** Which noise levels a picture walks, and how latents are mixed with noise on them: the one place that tells diffusion and flow matching apart. */

import type { ModelInfo } from "../models/model.ts";
import { flowSigmas } from "./flow-sigmas.ts";
import type { SamplerOptions } from "./samplers/sampler.ts";
import type { FoundSampler } from "./samplers/table.ts";
import { alphaOf, noiseLadder, timestepAt } from "./sigmas.ts";

/** A walk of all requested steps. */
export interface NoiseWalk {
  /** Descending, one more than there are steps. */
  readonly sigmas: Float64Array;
  readonly timestepOf: (sigma: number) => number;
  /** Factors on a clean latent and on unit noise that together are a latent of that level. */
  readonly mixAt: (sigma: number) => { readonly clean: number; readonly noise: number };
  /** Factor on the noise that text-to-image starts from. */
  readonly startScale: (sigma: number) => number;
  /** Factor from the last latent of a walk to what the VAE decodes, besides its own scale. */
  readonly endScale: (sigma: number) => number;
  readonly sample: ReturnType<FoundSampler["samplerOf"]>;
  /** See {@link SamplerOptions}. */
  readonly prediction: SamplerOptions["prediction"];
}

/**
 * The walk of a sampler through a model. Latents of diffusion models are x = x0 + sigma · noise; those of flow matching are
 * x = (1 − s) · x0 + s · noise, and their levels s are called sigmas, too.
 *
 * @throws AnimateError for more steps than the sampler has levels
 * @throws ModelError when the model's noise levels do not rise
 */
export function planWalk(info: ModelInfo, sampler: FoundSampler, steps: number): NoiseWalk {
  const { prediction, alphasCumprod, stepsOffset, flowShift = 1 } = info;
  const ladder = noiseLadder(alphasCumprod);
  const sample = sampler.samplerOf(ladder);
  if (prediction === "flow") {
    const timesteps = alphasCumprod.length;
    return {
      sigmas: flowSigmas(steps, flowShift, timesteps),
      timestepOf: (level) => level * timesteps,
      mixAt: (level) => ({ clean: 1 - level, noise: level }),
      startScale: () => 1,
      endScale: () => 1,
      sample,
      prediction: undefined,
    };
  }
  return {
    sigmas: sampler.sigmas(ladder, steps, stepsOffset),
    timestepOf: (sigma) => timestepAt(ladder, sigma),
    mixAt: (sigma) => ({ clean: 1, noise: sigma }),
    startScale: sampler.startScale,
    // DDIM ends at the lowest trained level instead of 0; diffusers decodes what it has there in alpha scale.
    endScale: alphaOf,
    sample,
    prediction,
  };
}
