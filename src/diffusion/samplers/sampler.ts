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
   * @param part absent for the noise of a first-order step, or of what a half step leaves; `midpoint` for that of the half step
   */
  readonly noise: (index: number, part?: "midpoint") => Float32Array;
  /** Share of the noise that ancestral and SDE samplers draw anew in each step, 0 = none; default 1 (TCD: 0.3). Others have none. */
  readonly eta?: number | undefined;
  /** Factor on all noise that the sampler adds, S_noise; default 1. */
  readonly noiseScale?: number | undefined;
  /** S_churn: noise added over the whole walk by samplers that have none of their own (Euler, Heun, DPM2); default 0. */
  readonly churn?: number | undefined;
  /** S_tmin and S_tmax: the noise levels between which churn is added; default 0 and infinity. */
  readonly churnFrom?: number | undefined;
  readonly churnTo?: number | undefined;
  /** What the network says; only PNDM, which averages its answers as they are, asks. Default epsilon. */
  readonly prediction?: "epsilon" | "v_prediction" | undefined;
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
