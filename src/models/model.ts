/** What a loaded Stable Diffusion model offers to the diffusion stage, whatever files it came from. */

import type { Precision } from "./precision.ts";
import type { IntTensor, Tensor } from "../tensor/tensor.ts";

/** Which Stable Diffusion a model is: 1.x, 2.x, XL base and its refiner. Turbo and consistency models are of the family they came from. */
export type Family = "sd1" | "sd2" | "sdxl" | "sdxl-refiner";

/** What a UNet says: the noise; the velocity of diffusion (Salimans and Ho 2022); or that of flow matching, noise − x0 (Lipman et al. 2023). */
export type Prediction = "epsilon" | "v_prediction" | "flow";

/** Facts of a text encoder that prompts need. */
export interface TextEncoderInfo {
  /** Width of one position. */
  readonly width: number;
  /** Token behind the end token: CLIP repeats the end token, OpenCLIP has 0. */
  readonly padToken: number;
}

/** Facts of a model that samplers, prompts and sizes need. */
export interface ModelInfo {
  /** Name shown to people: folder or catalogue name. */
  readonly name: string;
  readonly family: Family;
  /** sha256 over the weights and configs, hex: pins the model in the manifest and in chain hashes. */
  readonly hash: string;
  /** The same of a VAE that stands in for the model's own. */
  readonly vaeHash?: string;
  readonly prediction: Prediction;
  /** With `flow`: how far its noise levels are moved toward noise, 1 = not at all. */
  readonly flowShift?: number;
  /** Cumulative products of alpha, one per training timestep (1000 for SD 1.x), from the scheduler config. */
  readonly alphasCumprod: Float64Array;
  /** Index added to timesteps by diffusers' leading spacing (1 for SD 1.x). */
  readonly stepsOffset: number;
  /** Latents are the VAE's mean times this (0.18215 for SD 1.x). */
  readonly latentScale: number;
  readonly latentChannels: number;
  /** Pixels per latent cell and side (8 for SD 1.x). */
  readonly vaeFactor: number;
  /** Width of a text embedding, all encoders side by side (768 for SD 1.x, 768 + 1280 for SDXL). */
  readonly textWidth: number;
  /** One, or CLIP and OpenCLIP for SDXL base. */
  readonly textEncoders: readonly TextEncoderInfo[];
  /** Whether an empty negative prompt is all zeros, as SDXL base was trained, instead of the embedding of the empty text. */
  readonly zeroEmptyNegative: boolean;
  /** Channels that the UNet takes: 4, or more when pictures stand beside the latent (inpainting 9, instruct-pix2pix 8). */
  readonly inputChannels: number;
  /** Whether the UNet takes the guidance scale as an input and needs no second evaluation (latent consistency models). */
  readonly guidanceInput: boolean;
  /** Token positions of the text encoder, begin and end token included (77 for CLIP). */
  readonly textPositions: number;
  /** Null for ONNX exports, which keep them to themselves. */
  readonly parameters: { readonly textEncoder: number; readonly unet: number; readonly vae: number } | null;
  /** Execution provider in use: `cpu` or `cuda`. */
  readonly provider: string;
  /** What the networks compute in; see `choosePrecision`. */
  readonly precision: Precision;
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

/** What prompts become: `[batch, tokens, textWidth]`. */
export interface TextEmbedding extends Tensor {
  /** The whole text as one vector, `[batch, pooledWidth]`; for SDXL. */
  readonly pooled?: Tensor;
  /** How beautiful the picture shall be, 0–10, one number for each of the batch; the refiner of SDXL reads it. Default 6. */
  readonly aestheticScores?: readonly number[];
}

/** What a UNet may be told besides latent, timestep and text. */
export interface UnetExtras {
  /** For models with `guidanceInput`. */
  readonly guidanceScale?: number;
  /** What ControlNets add; a render that ever has some gives zeros where it has none, so that one network stays loaded. */
  readonly residuals?: Residuals;
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
   * @param clipSkip layers left off at the end, 0 = none; the final layer norm of SD 1.x and 2.x is applied either way
   * @param encoder index into `info.textEncoders`, default 0
   * @returns the hidden state that the family wants, `[batch, textPositions, width of the encoder]`, pooled when the encoder can
   */
  encodeText(ids: IntTensor, clipSkip: number, encoder?: number): Promise<TextEmbedding>;
  /**
   * UNet: one evaluation.
   * @param latents `[batch, inputChannels, height/8, width/8]`, already scaled as the network expects
   * @param timestep training timestep, 0–999, fractions allowed
   * @param text `[batch, tokens, textWidth]`, tokens a multiple of textPositions; SDXL needs `pooled` as well
   * @returns the raw prediction (see {@link Prediction}), `[batch, 4, height/8, width/8]`
   */
  predict(latents: Tensor, timestep: number, text: TextEmbedding, extras?: UnetExtras): Promise<Tensor>;
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
