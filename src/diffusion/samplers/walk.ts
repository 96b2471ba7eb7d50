/** The loop that all samplers share: one step after the other, abort and progress in between. */

import type { SamplerOptions } from "./sampler.ts";

/** Step `index`, from 0: moves `x` in place from level `sigma` to `next` and returns the clean latent that it aimed at. */
type TakeStep = (x: Float32Array, sigma: number, next: number, index: number) => Promise<Float32Array>;

/**
 * Walks a copy of `start` through all levels.
 * @throws the signal's reason when it is aborted before a step
 */
export async function walk(
  start: Float32Array,
  sigmas: ArrayLike<number>,
  { onStep, signal }: SamplerOptions,
  takeStep: TakeStep,
): Promise<Float32Array> {
  const x = start.slice();
  const steps = sigmas.length - 1;
  for (let i = 0; i < steps; i++) {
    signal?.throwIfAborted();
    const next = sigmas[i + 1]!;
    const denoised = await takeStep(x, sigmas[i]!, next, i);
    onStep?.({ step: i + 1, steps, sigma: next, x, denoised });
  }
  return x;
}
