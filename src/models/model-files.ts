/** What the files of a model say, whatever their layout: networks that can be built, tokenizer, noise levels and a hash. */

import { buildDecoder, buildEncoder, type AutoencoderConfig } from "./autoencoder.ts";
import type { Family, Tokenizer } from "./model.ts";
import type { NoiseSchedule } from "./noise-schedule.ts";
import { buildTextEncoder, type TextEncoderConfig } from "./text-encoder.ts";
import { buildUnet } from "./unet.ts";
import type { UnetConfig } from "./unet-config.ts";
import { vaeFactor } from "./vae-config.ts";
import type { Weights } from "./weights.ts";

/** A network that can be built: what it is like and where its weights are. */
export interface NetworkFiles<Config> {
  readonly config: Config;
  readonly weights: Weights;
}

export interface TextEncoderFiles extends NetworkFiles<TextEncoderConfig> {
  /** Token that fills the positions behind the end token. */
  readonly padToken: number;
}

/** The networks of Stable Diffusion. */
export interface Networks {
  /** One, or two for SDXL base. */
  readonly textEncoders: readonly [TextEncoderFiles, ...TextEncoderFiles[]];
  readonly unet: NetworkFiles<UnetConfig>;
  readonly vae: NetworkFiles<AutoencoderConfig>;
}

/** All that the files of a model say. */
export interface ModelFiles extends Networks {
  /** Shown to people: the folder's name, or the file's without `.safetensors`. */
  readonly name: string;
  readonly family: Family;
  /** See `ModelInfo.zeroEmptyNegative`. */
  readonly zeroEmptyNegative: boolean;
  /** All encoders have the same vocabulary. */
  readonly tokenizer: Tokenizer;
  readonly schedule: NoiseSchedule;
  /** sha256, hex. */
  readonly hash: string;
  /** The same of a VAE that stands in for the model's own. */
  readonly vaeHash?: string;
}

/**
 * Builds every graph once for the smallest shape and drops it: a missing weight is found now, not at the first frame.
 *
 * @throws ModelError that names the weight that is missing or has another shape than the configs say
 */
export function checkNetworks({ textEncoders, unet, vae }: Networks): void {
  const factor = vaeFactor(vae.config);
  const smallest = { batch: 1, height: factor, width: factor };
  for (const { config, weights } of textEncoders) buildTextEncoder(config, weights, 1, 0);
  buildUnet(unet.config, unet.weights, { ...smallest, tokens: textEncoders[0].config.positions });
  buildEncoder(vae.config, vae.weights, smallest);
  buildDecoder(vae.config, vae.weights, smallest);
}
