/** Opens ready ONNX exports: the networks of optimum's layout under the names and shapes of a DiffusionModel. */

import { ModelError, RenderError } from "../errors.ts";
import { elementCount, tensor, type Tensor } from "../tensor/tensor.ts";
import { describeModel } from "./describe-model.ts";
import { guidanceInput } from "./guidance-input.ts";
import type { DiffusionModel, ModelInfo } from "./model.ts";
import type { OpenModelOptions } from "./open-model.ts";
import type { Precision } from "./precision.ts";
import type { ExportFiles } from "./read-export.ts";
import { selectProvider } from "./select-provider.ts";
import { addedInputs } from "./added-inputs.ts";
import {
  FLOATS,
  openSessionFile,
  pictureShape,
  result,
  type Session,
  type SessionOptions,
} from "./session.ts";
import type { TextEncoderConfig } from "./text-encoder.ts";
import { residualDims } from "./unet.ts";

/** The whole text as one vector. */
const POOLED_OUTPUT = "text_embeds";
const INPUT_TYPES: ReadonlySet<string> = new Set([...FLOATS, "int64", "int32"]);
/** Range of the log variance, see `buildVaeEncoder`. */
const LOG_VARIANCE = { least: -30, most: 20 };

/**
 * Makes an export runnable. One session per network serves all shapes. Weights are inside the graphs, out of reach of LoRAs, and exports have
 * no inputs for ControlNets.
 *
 * @throws ModelError when LoRAs, embeddings, another VAE or another precision are asked for
 * @throws RenderError when `device` is `cuda` and CUDA cannot be used
 */
export async function openExport(
  files: ExportFiles,
  options: OpenModelOptions = {},
): Promise<DiffusionModel> {
  const { device = "auto", loras = [], embeddings = [], vae, precision = "auto" } = options;
  if (loras.length > 0) throw refuse(files, "LoRAs");
  if (embeddings.length > 0) throw refuse(files, "embeddings");
  if (vae !== undefined) throw refuse(files, "other VAE");
  const own: Precision = files.unet.weights.types.includes("F16") ? "fp16" : "fp32";
  if (precision !== "auto" && precision !== own) {
    throw refuse(files, `other precision (${precision}) than theirs, ${own}`);
  }
  const provider = await selectProvider(device);
  const opened = new Map<string, Promise<Session>>();
  // Parameters are inside the graphs, which are not looked into.
  const info: ModelInfo = { ...describeModel(files), parameters: null, provider, precision: own };

  return {
    info,
    tokenizer: files.tokenizer,
    setLoras(weights) {
      const [first] = weights;
      if (first) throw new RenderError(`the model was opened without the LoRA \`${first.name}\``);
    },
    textState: () => "",

    async encodeText(ids, clipSkip, encoder = 0) {
      const chosen = files.textEncoders[encoder];
      if (chosen === undefined) throw new RangeError(`there is no text encoder ${encoder}`);
      const { config, weights } = chosen;
      const [batch, positions] = ids.dims;
      if (batch === undefined || positions !== config.positions) {
        throw new RenderError(
          `the token ids have the shape [${ids.dims.join(", ")}], expected [batch, ${config.positions}]`,
        );
      }
      const wanted = stateOutput(config, clipSkip);
      const name = encoder === 0 ? "text encoder" : `text encoder ${encoder + 1}`;
      const session = await load(name, weights.file);
      for (const output of config.pooledWidth === null ? [wanted] : [wanted, POOLED_OUTPUT]) {
        if (!session.outputs.has(output)) throw missingOutput(name, output, weights.file);
      }
      const results = await session.run({ input_ids: ids });
      const hidden = result(results, wanted);
      return config.pooledWidth === null ? hidden : { ...hidden, pooled: result(results, POOLED_OUTPUT) };
    },

    async predict(latents, timestep, text, { residuals, guidanceScale } = {}) {
      if (residuals !== undefined) throw refuse(files, "ControlNets");
      const { config, weights } = files.unet;
      const { batch, height, width } = pictureShape("latent", latents, config.inputChannels);
      const session = await load("UNet", weights.file);
      const { type, dims } = session.inputs.get("timestep") ?? { type: "float32", dims: [] };
      // A number alone, or a list of one.
      const shape = dims.map(() => 1);
      const factor = info.vaeFactor;
      const added = config.added && addedInputs(config.added, text, batch, height * factor, width * factor);
      const given = {
        sample: latents,
        encoder_hidden_states: text,
        timestep: FLOATS.has(type)
          ? tensor(shape, Float32Array.of(timestep))
          : tensor(shape, BigInt64Array.of(BigInt(Math.round(timestep)))),
        ...(added && { text_embeds: added.pooled, time_ids: added.sizes }),
        ...(config.guidanceWidth !== null && {
          timestep_cond: guidanceInput(config.guidanceWidth, guidanceScale, batch),
        }),
      };
      return result(await session.run(given), "out_sample");
    },

    residualDims([batch = 0, , height = 0, width = 0]) {
      return residualDims(files.unet.config, { batch, height, width });
    },

    async encodeImage(image) {
      pictureShape("picture", image, 3, info.vaeFactor);
      const session = await load("VAE encoder", files.vaeEncoder.weights.file);
      const results = await session.run({ sample: image });
      const moments = results["latent_parameters"];
      if (moments === undefined) {
        throw new ModelError("the VAE encoder gives random latents (`latent_sample`), not their mean", {
          where: files.vaeEncoder.weights.file,
          hint: "Export the model again with optimum 1.20 or later, or use its .safetensors files.",
        });
      }
      return splitMoments(moments);
    },

    async decodeLatents(latents) {
      pictureShape("latent", latents, info.latentChannels);
      const session = await load("VAE decoder", files.vae.weights.file);
      return result(await session.run({ latent_sample: latents }), "sample");
    },

    async release() {
      const sessions = await Promise.allSettled(opened.values());
      opened.clear();
      for (const session of sessions) if (session.status === "fulfilled") await session.value.release();
    },
  };

  function load(part: string, file: string): Promise<Session> {
    const known = opened.get(part);
    if (known !== undefined) return known;
    const session = openGraph(part, file, { ...options, provider });
    opened.set(part, session);
    // One that did not open is not kept, so that the next call tries again.
    session.catch(() => opened.delete(part));
    return session;
  }
}

/** @throws ModelError when it takes other numbers than floats and whole ones */
async function openGraph(part: string, file: string, options: SessionOptions): Promise<Session> {
  const session = await openSessionFile(part, file, options);
  for (const [name, { type }] of session.inputs) {
    if (INPUT_TYPES.has(type)) continue;
    await session.release();
    throw new ModelError(`the input \`${name}\` of the ${part} is ${type}, expected float32 or float16`, {
      where: file,
      hint: "Export the model in full or half precision (`--dtype fp32`, `--dtype fp16`), or use its .safetensors files.",
    });
  }
  return session;
}

/** The output with the hidden state that the family wants. */
function stateOutput({ state, layers }: TextEncoderConfig, clipSkip: number): string {
  if (state === "penultimate" && clipSkip < layers - 1) return `hidden_states.${layers - 1 - clipSkip}`;
  if (clipSkip === 0) return "last_hidden_state";
  throw new RenderError("clip skip needs hidden states that this ONNX export does not give", {
    hint: "Set clip_skip to 0, or use the model's .safetensors files.",
  });
}

function missingOutput(name: string, output: string, file: string): ModelError {
  return new ModelError(`the ${name} does not give \`${output}\`, which SDXL needs`, {
    where: file,
    hint: "Export the model again with optimum (`optimum-cli export onnx`), which lets text encoders of SDXL give their hidden states, or use its .safetensors files.",
  });
}

/** `[batch, 2·channels, h, w]`, means first. */
function splitMoments({ dims, data }: Tensor): { mean: Tensor; logvar: Tensor } {
  const [batch = 0, both = 0, ...size] = dims;
  const half = elementCount([both / 2, ...size]);
  const mean = new Float32Array(batch * half);
  const logvar = new Float32Array(batch * half);
  for (let row = 0; row < batch; row++) {
    mean.set(data.subarray(2 * row * half, (2 * row + 1) * half), row * half);
    logvar.set(data.subarray((2 * row + 1) * half, (2 * row + 2) * half), row * half);
  }
  const clamped = logvar.map((value) => Math.min(Math.max(value, LOG_VARIANCE.least), LOG_VARIANCE.most));
  const shape = [batch, both / 2, ...size];
  return { mean: tensor(shape, mean), logvar: tensor(shape, clamped) };
}

function refuse({ name }: ExportFiles, what: string): ModelError {
  return new ModelError(`\`${name}\` is a folder of ONNX exports, which take no ${what}`, {
    hint: "Use the model's .safetensors files: a checkpoint, or a folder in the diffusers layout.",
  });
}
