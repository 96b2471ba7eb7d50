/** What a loaded Stable Diffusion model offers to the diffusion stage, whatever files it came from. */

import type { IntTensor, Tensor } from "../tensor/tensor.ts";

/** Facts of a model that samplers, prompts and sizes need. */
export interface ModelInfo {
  /** Name shown to people: folder or catalogue name. */
  readonly name: string;
  readonly family: "sd1";
  /** sha256 over the weights and configs, hex: pins the model in the manifest and in chain hashes. */
  readonly hash: string;
  readonly prediction: "epsilon" | "v_prediction";
  /** Cumulative products of alpha, one per training timestep (1000 for SD 1.x), from the scheduler config. */
  readonly alphasCumprod: Float64Array;
  /** Index added to timesteps by diffusers' leading spacing (1 for SD 1.x). */
  readonly stepsOffset: number;
  /** Latents are the VAE's mean times this (0.18215 for SD 1.x). */
  readonly latentScale: number;
  readonly latentChannels: number;
  /** Pixels per latent cell and side (8 for SD 1.x). */
  readonly vaeFactor: number;
  /** Width of a text embedding (768 for SD 1.x). */
  readonly textWidth: number;
  /** Token positions of the text encoder, begin and end token included (77 for CLIP). */
  readonly textPositions: number;
  readonly parameters: { readonly textEncoder: number; readonly unet: number; readonly vae: number };
  /** Execution provider in use: `cpu` or `cuda`. */
  readonly provider: string;
}

/** Text to token ids, without begin, end and padding tokens. */
export interface Tokenizer {
  encode(text: string): readonly number[];
  readonly beginToken: number;
  readonly endToken: number;
  readonly padToken: number;
  /**
   * How many tokens, this one first, must stay together in one chunk: those of an embedding's word. 1, also where the function is missing,
   * for all others.
   */
  readonly unitLength?: (token: number) => number;
}

/** The weight of one LoRA at one picture; 0 = as if it were not there. */
export interface LoraWeight {
  readonly name: string;
  /** In the UNet. */
  readonly weight: number;
  /** In the text encoders. */
  readonly textWeight: number;
}

/**
 * What ControlNets add to a UNet: to its skips in the order they are made, and last to what its middle block gives. Shapes: see
 * {@link DiffusionModel.residualDims}.
 */
export type Residuals = readonly Tensor[];

/**
 * The networks of a model. Sessions are opened on first use and kept; shapes are static, so another size or batch opens another session.
 * All functions throw ModelError when the files do not fit, RenderError when the runtime fails.
 */
export interface DiffusionModel {
  readonly info: ModelInfo;
  readonly tokenizer: Tokenizer;
  /**
   * CLIP text encoder.
   * @param ids `[batch, textPositions]`
   * @param clipSkip layers left off at the end, 0 = none; the final layer norm is applied either way
   * @returns last hidden state `[batch, textPositions, textWidth]`
   */
  encodeText(ids: IntTensor, clipSkip: number): Promise<Tensor>;
  /**
   * UNet: one evaluation.
   * @param latents `[batch, 4, height/8, width/8]`, already scaled as the network expects
   * @param timestep training timestep, 0–999, fractions allowed
   * @param text `[batch, tokens, textWidth]`, tokens a multiple of textPositions
   * @param residuals what ControlNets add; a render that ever has some gives zeros where it has none, so that one network stays loaded
   * @returns the raw prediction (epsilon or v), same shape as `latents`
   */
  predict(latents: Tensor, timestep: number, text: Tensor, residuals?: Residuals): Promise<Tensor>;
  /**
   * @param latentDims `[batch, 4, height/8, width/8]`
   * @returns shapes of the {@link Residuals} for such latents
   */
  residualDims(latentDims: readonly number[]): readonly (readonly number[])[];
  /**
   * VAE encoder.
   * @param image `[batch, 3, height, width]`, −1 … 1
   * @returns moments of the posterior, unscaled, `[batch, 4, height/8, width/8]` each; logvar clamped to −30 … 20
   */
  encodeImage(image: Tensor): Promise<{ readonly mean: Tensor; readonly logvar: Tensor }>;
  /**
   * VAE decoder.
   * @param latents `[batch, 4, height/8, width/8]`, unscaled (already divided by latentScale)
   * @returns `[batch, 3, height, width]`, about −1 … 1, not clamped
   */
  decodeLatents(latents: Tensor): Promise<Tensor>;
  /**
   * Sets the weights of the LoRAs that the model was opened with, for all calls until the next one; those not named get 0, as at the start.
   * Costs nothing: weights are inputs of the graphs.
   */
  setLoras(weights: readonly LoraWeight[]): void;
  /** Equal where the same tokens give the same embeddings, as far as LoRAs go. */
  textState(): string;
  release(): Promise<void>;
}
