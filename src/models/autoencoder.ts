/** The autoencoder of a model, of whichever kind: Stable Diffusion's own (AutoencoderKL) or the tiny one (AutoencoderTiny). */

import { buildTaesdDecoder, buildTaesdEncoder, type TaesdConfig } from "./taesd.ts";
import { buildVaeDecoder, buildVaeEncoder, type VaeShape } from "./vae.ts";
import type { VaeConfig } from "./vae-config.ts";
import type { Weights } from "./weights.ts";

export type AutoencoderConfig = VaeConfig | TaesdConfig;

/** Input: `image`; outputs: `mean`, and `logvar` unless the kind is tiny. @throws ModelError, see the builders */
export function buildEncoder(config: AutoencoderConfig, weights: Weights, shape: VaeShape): Uint8Array {
  return isTiny(config) ? buildTaesdEncoder(config, weights, shape) : buildVaeEncoder(config, weights, shape);
}

/** Input: `latents`; output: `image`. @throws ModelError, see the builders */
export function buildDecoder(config: AutoencoderConfig, weights: Weights, shape: VaeShape): Uint8Array {
  return isTiny(config) ? buildTaesdDecoder(config, weights, shape) : buildVaeDecoder(config, weights, shape);
}

/** Whether latents are plain numbers and no distribution. */
export function isTiny(config: AutoencoderConfig): config is TaesdConfig {
  return "kind" in config;
}
