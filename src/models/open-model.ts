/** Opens a Stable Diffusion 1.x model: from a folder in the diffusers layout, or a single file, to running networks. */

import { RenderError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { withAddons, type Addons } from "./addons.ts";
import { createLoraDial } from "./lora-dial.ts";
import type { ModelFiles } from "./model-files.ts";
import type { DiffusionModel, ModelInfo } from "./model.ts";
import { weightsFolder } from "./onnx-graph.ts";
import { readModel } from "./read-model.ts";
import { openSession, selectProvider, type Device, type Session } from "./session.ts";
import { sessionCache } from "./session-cache.ts";
import { buildTextEncoder, countAddedTokens } from "./text-encoder.ts";
import { buildUnet, residualDims, residualInputs } from "./unet.ts";
import { buildVaeDecoder, buildVaeEncoder } from "./vae.ts";
import { vaeFactor } from "./vae-config.ts";

export interface OpenModelOptions extends Addons {
  /** Default `auto`: CUDA if it is there, else the CPU. */
  readonly device?: Device;
  /** Threads of one run; 0, the default, takes all physical cores. */
  readonly threads?: number;
  /** See SessionOptions; default `all`. */
  readonly optimization?: "all" | "extended";
}

/**
 * Opens a model. Reads and checks every config, the tokenizer and the tables of all weights, and hashes all files; networks are loaded on
 * first use, one session per shape.
 *
 * @param path folder in the diffusers layout, or a `.safetensors` checkpoint; see `findModel` for names
 * @throws ModelError that names the file and the option or weight that is missing, unknown or of another shape
 * @throws RenderError when `device` is `cuda` and CUDA cannot be used
 */
export async function openModel(path: string, options: OpenModelOptions = {}): Promise<DiffusionModel> {
  return await openNetworks(await readModel(path), options);
}

/**
 * Makes the networks of a model that has been read runnable.
 *
 * @throws ModelError when a LoRA or embedding does not fit
 * @throws RenderError when `device` is `cuda` and CUDA cannot be used
 */
export async function openNetworks(
  files: ModelFiles,
  options: OpenModelOptions = {},
): Promise<DiffusionModel> {
  const { name, textEncoder, unet, vae, tokenizer, schedule, hash } = await withAddons(files, options);
  const loras = createLoraDial(options.loras?.map((lora) => lora.name) ?? []);
  const { device = "auto", threads = 0, optimization = "all" } = options;
  const provider = await selectProvider(device);
  const factor = vaeFactor(vae.config);
  const info: ModelInfo = {
    name,
    family: "sd1",
    hash,
    ...schedule,
    latentScale: vae.config.latentScale,
    latentChannels: vae.config.latentChannels,
    vaeFactor: factor,
    textWidth: textEncoder.config.width,
    textPositions: textEncoder.config.positions,
    parameters: {
      textEncoder: textEncoder.weights.parameters,
      unet: unet.weights.parameters,
      vae: vae.weights.parameters,
    },
    provider,
  };
  const textSessions = sessionCache();
  const unetSessions = sessionCache();
  const encoderSessions = sessionCache();
  const decoderSessions = sessionCache();

  return {
    info,
    tokenizer,
    setLoras: (weights) => loras.set(weights),
    textState: () => loras.textState(),

    async encodeText(ids, clipSkip) {
      const { config, weights } = textEncoder;
      const [batch, positions, ...rest] = ids.dims;
      if (batch === undefined || positions !== config.positions || rest.length > 0) {
        throw new RenderError(
          `the token ids have the shape [${ids.dims.join(", ")}], expected [batch, ${config.positions}]`,
        );
      }
      if (!Number.isInteger(clipSkip) || clipSkip < 0 || clipSkip >= config.layers) {
        throw new RenderError(
          `clip skip is ${clipSkip}, expected 0 to ${config.layers - 1}: the text encoder has ${config.layers} layers`,
        );
      }
      const known = config.vocabulary + countAddedTokens(weights);
      const stray = ids.data.find((id) => id < 0n || id >= BigInt(known));
      if (stray !== undefined) {
        throw new RenderError(`the token id ${stray} is not in the vocabulary of ${known} tokens`);
      }
      return await textSessions.use(
        `${batch} ${clipSkip}`,
        () => load("text encoder", weights.path, buildTextEncoder(config, weights, batch, clipSkip)),
        async (session) => result(await session.run({ ids }), "hidden"),
      );
    },

    async predict(latents, timestep, text, residuals) {
      const { batch, height, width } = pictureShape("latent", latents, info.latentChannels);
      const [textBatch, tokens, textWidth, ...rest] = text.dims;
      if (textBatch !== batch || tokens === undefined || textWidth !== info.textWidth || rest.length > 0) {
        throw new RenderError(
          `the text embedding has the shape [${text.dims.join(", ")}], expected [${batch}, tokens, ${info.textWidth}]`,
        );
      }
      const shape = { batch, height, width, tokens, ...(residuals && { residuals: true }) };
      const inputs = {
        latents,
        timestep: { dims: [1], data: Float32Array.of(timestep) },
        text,
        ...(residuals && residualInputs(residuals)),
      };
      return await unetSessions.use(
        Object.values(shape).join(" "),
        () => load("UNet", unet.weights.path, buildUnet(unet.config, unet.weights, shape)),
        async (session) => result(await session.run(inputs), "prediction"),
      );
    },

    residualDims([batch = 0, , height = 0, width = 0]) {
      return residualDims(unet.config, { batch, height, width });
    },

    async encodeImage(image) {
      const shape = pictureShape("picture", image, 3);
      if (shape.height % factor !== 0 || shape.width % factor !== 0) {
        throw new RenderError(
          `the picture is ${shape.width}×${shape.height}, expected multiples of ${factor}`,
        );
      }
      return await encoderSessions.use(
        Object.values(shape).join(" "),
        () => load("VAE encoder", vae.weights.path, buildVaeEncoder(vae.config, vae.weights, shape)),
        async (session) => {
          const moments = await session.run({ image });
          return { mean: result(moments, "mean"), logvar: result(moments, "logvar") };
        },
      );
    },

    async decodeLatents(latents) {
      const { batch, height, width } = pictureShape("latent", latents, info.latentChannels);
      const shape = { batch, height: height * factor, width: width * factor };
      return await decoderSessions.use(
        Object.values(shape).join(" "),
        () => load("VAE decoder", vae.weights.path, buildVaeDecoder(vae.config, vae.weights, shape)),
        async (session) => result(await session.run({ latents }), "image"),
      );
    },

    async release() {
      await Promise.all(
        [textSessions, unetSessions, encoderSessions, decoderSessions].map((cache) => cache.release()),
      );
    },
  };

  async function load(part: string, weightsPath: string, graph: Uint8Array): Promise<Session> {
    const folder = weightsFolder(weightsPath);
    return loras.connect(await openSession(part, graph, folder, { provider, threads, optimization }));
  }
}

/** Batch and size of a picture or latent `[batch, channels, height, width]`. */
function pictureShape(what: string, { dims }: Tensor, channels: number) {
  const [batch, found, height, width, ...rest] = dims;
  if (
    batch === undefined ||
    height === undefined ||
    width === undefined ||
    found !== channels ||
    rest.length > 0
  ) {
    throw new RenderError(
      `the ${what} has the shape [${dims.join(", ")}], expected [batch, ${channels}, height, width]`,
    );
  }
  return { batch, height, width };
}

/** The output of that name. @throws RenderError when there is none */
export function result(results: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const value = results[name];
  if (value === undefined) throw new RenderError(`ONNX Runtime gave no \`${name}\``);
  return value;
}
