/** What a sampler is: a function that walks a noisy latent down a list of noise levels. */

/**
 * Estimate of the clean latent.
 * @param x noisy latent in sigma scale, x = x0 + sigma · noise; not changed and not kept
 * @returns a new array of the same length
 */
export type Denoise = (x: Float32Array, sigma: number) => Promise<Float32Array>;

/** The state after a step. */
export interface SamplerStep {
  /** Steps done, 1 … steps. */
  readonly step: number;
  readonly steps: number;
  /** Noise level of `x` now. */
  readonly sigma: number;
  /** The latent; changes with the next step, so copy it to keep it. */
  readonly x: Float32Array;
  /** The clean latent that the step was aimed at. */
  readonly denoised: Float32Array;
}

export interface SamplerOptions {
  /**
   * Standard normal noise for samplers that add some, as long as the latent.
   * @param index of the step that asks, from 0
   */
  readonly noise: (index: number) => Float32Array;
  readonly onStep?: ((step: SamplerStep) => void) | undefined;
  /** Looked at before every step. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * @param x start latent in sigma scale, at noise level `sigmas[0]`; not changed
 * @param sigmas descending, one more than there are steps; the last one, often 0, is where the latent ends
 * @returns the latent at the last level
 */
export type Sampler = (
  denoise: Denoise,
  x: Float32Array,
  sigmas: ArrayLike<number>,
  options: SamplerOptions,
) => Promise<Float32Array>;
