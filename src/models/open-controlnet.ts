/** Opens a ControlNet: from its files to running networks. */

import { ModelError, RenderError } from "../errors.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { pictureFactor } from "./controlnet-config.ts";
import { buildControlHint, buildControlNet } from "./controlnet.ts";
import { addedInputs } from "./added-inputs.ts";
import type { DiffusionModel, Residuals, TextEmbedding } from "./model.ts";
import type { OpenModelOptions } from "./open-model.ts";
import { weightsFolder } from "./onnx-graph.ts";
import { openTextProjection, textMemory } from "./open-text-projection.ts";
import { readControlNet, type ControlNetFiles } from "./read-controlnet.ts";
import { selectProvider } from "./select-provider.ts";
import { openSession, result, type Session } from "./session.ts";
import { sessionCache } from "./session-cache.ts";
import { crossAttentions } from "./text-projection.ts";
import { downResidual, MID_RESIDUAL, residualDims } from "./unet.ts";

/** The networks of a ControlNet; sessions are opened on first use. */
export interface ControlNet {
  readonly name: string;
  /** sha256, hex. */
  readonly hash: string;
  readonly parameters: number;
  /**
   * What the network makes of a picture; the same for all steps.
   * @param picture `[1, 3, height, width]`, RGB, 0–1
   * @returns `[1, width of the first block, height/8, width/8]`
   */
  readPicture(picture: Tensor): Promise<Tensor>;
  /**
   * One evaluation.
   * @param latents `[batch, 4, height/8, width/8]`, already scaled as the UNet expects
   * @param timestep training timestep, 0–999, fractions allowed
   * @param text `[batch, tokens, textWidth]`, with `pooled` for SDXL
   * @param hint from {@link readPicture}
   * @param scale factor on all that is added, 1 = as trained
   * @returns what to add to the UNet
   */
  predict(
    latents: Tensor,
    timestep: number,
    text: TextEmbedding,
    hint: Tensor,
    scale: number,
  ): Promise<Residuals>;
  release(): Promise<void>;
}

/**
 * Opens a ControlNet and checks that it fits the model.
 *
 * @param path of a folder or file, see {@link readControlNet}
 * @throws ModelError that names what is missing or odd, or says why the two do not belong together
 * @throws RenderError when `device` is `cuda` and CUDA cannot be used
 */
export async function openControlNet(
  path: string,
  model: DiffusionModel,
  options: OpenModelOptions = {},
): Promise<ControlNet> {
  const files = await readControlNet(path);
  requireFit(files, model, path);
  return await openControlNetFiles(files, options);
}

/**
 * Makes a ControlNet that has been read runnable.
 *
 * @throws RenderError when `device` is `cuda` and CUDA cannot be used
 */
export async function openControlNetFiles(
  { name, config, weights, hash }: ControlNetFiles,
  options: OpenModelOptions = {},
): Promise<ControlNet> {
  const { device = "auto" } = options;
  const provider = await selectProvider(device);
  const hintSessions = sessionCache();
  const sessions = sessionCache();
  const outputs = residualNames();
  const memory = textMemory(provider, options.lowMemory);
  const attentions = crossAttentions({ ...config.unet, midBlock: config.midAttention }, { up: false });
  const projection = memory && openTextProjection("ControlNet", { weights, attentions }, load, memory);

  async function load(part: string, graph: Uint8Array): Promise<Session> {
    return await openSession(part, graph, weightsFolder(weights.path), { ...options, provider });
  }

  return {
    name,
    hash,
    parameters: weights.parameters,

    async readPicture(picture) {
      const [, channels, height = 0, width = 0] = picture.dims;
      const factor = pictureFactor(config);
      if (channels !== 3 || height % factor !== 0 || width % factor !== 0) {
        throw new RenderError(
          `the ControlNet's picture has the shape [${picture.dims.join(", ")}], expected [1, 3, height, width] in multiples of ${factor}`,
        );
      }
      const inputs = { picture: config.channelOrder === "bgr" ? swapRedAndBlue(picture) : picture };
      return await hintSessions.use(
        `${height} ${width}`,
        () => load("ControlNet's picture reader", buildControlHint(config, weights, { height, width })),
        async (session) => result(await session.run(inputs), "hint"),
      );
    },

    async predict(latents, timestep, text, hint, scale) {
      const [batch = 0, , height = 0, width = 0] = latents.dims;
      const shape = { batch, height, width, tokens: text.dims[1]!, projectedText: projection !== null };
      const source = projection ? await projection.project(text) : { text };
      const factor = pictureFactor(config);
      const { added } = config.unet;
      const inputs = {
        latents,
        timestep: scalar(timestep),
        ...source,
        hint,
        scale: scalar(scale),
        ...(added && addedInputs(added, text, batch, height * factor, width * factor)),
      };
      return await sessions.use(
        Object.values(shape).join(" "),
        () => load("ControlNet", buildControlNet(config, weights, shape)),
        async (session) => {
          const results = await session.run(inputs);
          return outputs.map((output) => result(results, output));
        },
      );
    },

    async release() {
      await Promise.all([hintSessions.release(), sessions.release(), projection?.release()]);
    },
  };

  function residualNames(): string[] {
    const count = residualDims(config.unet, { batch: 1, height: 1, width: 1 }).length - 1;
    return [...Array.from({ length: count }, (_, i) => downResidual(i)), MID_RESIDUAL];
  }
}

/** @throws ModelError that says why the two do not belong together */
function requireFit({ name, config }: ControlNetFiles, model: DiffusionModel, path: string): void {
  const { unet } = config;
  const { textWidth, vaeFactor } = model.info;
  if (unet.textWidth !== textWidth) {
    refuse(`it was trained with texts of width ${unet.textWidth}, the model's are ${textWidth} wide`);
  }
  if (pictureFactor(config) !== vaeFactor) {
    refuse(
      `it makes one cell of ${pictureFactor(config)} × ${pictureFactor(config)} pixels, the model of ${vaeFactor} × ${vaeFactor}`,
    );
  }
  const expected = widths(model.residualDims([1, 4, 1, 1]));
  const found = widths(residualDims(unet, { batch: 1, height: 1, width: 1 }));
  if (found !== expected) refuse(`its layers are ${found} wide, the model's ${expected}`);

  function refuse(reason: string): never {
    throw new ModelError(
      `the ControlNet \`${name}\` is not for the model \`${model.info.name}\`: ${reason}`,
      {
        where: path,
        hint: "Take a ControlNet that was trained for the family of the model: its name usually has `sd15`, `sd21` or `sdxl`.",
      },
    );
  }
}

/** Channels of each shape, for comparison and for messages. */
function widths(shapes: readonly (readonly number[])[]): string {
  return shapes.map(([, channels]) => channels).join(", ");
}

function scalar(value: number): Tensor {
  return tensor([1], Float32Array.of(value));
}

function swapRedAndBlue({ dims, data }: Tensor): Tensor {
  const area = data.length / 3;
  const swapped = data.slice();
  swapped.set(data.subarray(2 * area), 0);
  swapped.set(data.subarray(0, area), 2 * area);
  return { dims, data: swapped };
}
