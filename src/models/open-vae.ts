/** An autoencoder that runs: pictures to latents and back, one session per shape. */

import { tensor, type Tensor } from "../tensor/tensor.ts";
import { buildDecoder, buildEncoder, isTiny, type AutoencoderConfig } from "./autoencoder.ts";
import type { NetworkFiles } from "./model-files.ts";
import { pictureShape, result, type LoadGraph } from "./session.ts";
import { sessionCache } from "./session-cache.ts";
import { vaeFactor } from "./vae-config.ts";

export interface RunningVae {
  /** See `DiffusionModel.encodeImage`. */
  readonly encodeImage: (image: Tensor) => Promise<{ readonly mean: Tensor; readonly logvar: Tensor }>;
  /** See `DiffusionModel.decodeLatents`. */
  readonly decodeLatents: (latents: Tensor) => Promise<Tensor>;
  readonly release: () => Promise<void>;
}

export interface OpenVaeOptions {
  /** To compute in half precision; a tiny autoencoder never does. Default: no. */
  readonly half?: boolean;
  /** See `foldsWeights` in session.ts. Default: no. */
  readonly foldWeights?: boolean;
}

export function openVae(
  { config, weights }: NetworkFiles<AutoencoderConfig>,
  load: LoadGraph,
  { half = false, foldWeights = false }: OpenVaeOptions = {},
): RunningVae {
  const factor = vaeFactor(config);
  const encoders = sessionCache();
  const decoders = sessionCache();
  return {
    async encodeImage(image) {
      const shape = pictureShape("picture", image, 3, factor);
      return await encoders.use(
        Object.values(shape).join(" "),
        () => load("VAE encoder", buildEncoder(config, weights, { ...shape, half }), weights.path),
        async (session) => {
          const moments = await session.run({ image });
          const mean = result(moments, "mean");
          return { mean, logvar: isTiny(config) ? noSpread(mean) : result(moments, "logvar") };
        },
      );
    },
    async decodeLatents(latents) {
      const { batch, height, width } = pictureShape("latent", latents, config.latentChannels);
      const shape = { batch, height: height * factor, width: width * factor };
      return await decoders.use(
        Object.values(shape).join(" "),
        () =>
          load("VAE decoder", buildDecoder(config, weights, { ...shape, half, foldWeights }), weights.path),
        async (session) => result(await session.run({ latents }), "image"),
      );
    },
    async release() {
      await Promise.all([encoders.release(), decoders.release()]);
    },
  };
}

/** The least that a log variance is clamped to: a tiny autoencoder gives points, no distributions. */
const NO_SPREAD = -30;

function noSpread({ dims, data }: Tensor): Tensor {
  return tensor(dims, new Float32Array(data.length).fill(NO_SPREAD));
}
