/** A UNet that runs: latent, timestep and text to a prediction, one session per shape. */

import { RenderError } from "../errors.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { addedInputs } from "./added-inputs.ts";
import { guidanceInput } from "./guidance-input.ts";
import type { Int8Weights } from "./int8-linear.ts";
import type { NetworkFiles } from "./model-files.ts";
import type { TextEmbedding, UnetExtras } from "./model.ts";
import { pictureShape, result, type LoadGraph } from "./session.ts";
import { sessionCache } from "./session-cache.ts";
import { openTextProjection, type TextMemory } from "./open-text-projection.ts";
import { crossAttentions } from "./text-projection.ts";
import { buildUnet, residualDims, residualInputs } from "./unet.ts";
import type { UnetConfig } from "./unet-config.ts";

export interface RunningUnet {
  /** See `DiffusionModel.predict`. */
  readonly predict: (
    latents: Tensor,
    timestep: number,
    text: TextEmbedding,
    extras?: UnetExtras,
  ) => Promise<Tensor>;
  /** See `DiffusionModel.residualDims`. */
  readonly residualDims: (latentDims: readonly number[]) => readonly (readonly number[])[];
  readonly release: () => Promise<void>;
}

export interface OpenUnetOptions {
  /** Pixels per latent cell and side, by which SDXL is told the picture's size. */
  readonly factor: number;
  /** For what the cross-attentions make of texts; null lets the UNet read the text anew at each evaluation. */
  readonly memory: TextMemory | null;
  /** To compute in 8 bits, see {@link int8Linear}. Default: fp32. */
  readonly int8?: Int8Weights | null;
  /** To compute in half precision. Default: no. */
  readonly half?: boolean;
  /** See `foldsWeights` in session.ts. Default: no. */
  readonly foldWeights?: boolean;
}

export function openUnet(
  { config, weights }: NetworkFiles<UnetConfig>,
  load: LoadGraph,
  { factor, memory, int8 = null, half = false, foldWeights = false }: OpenUnetOptions,
): RunningUnet {
  const sessions = sessionCache();
  const projection =
    memory && openTextProjection("UNet", { weights, attentions: crossAttentions(config) }, load, memory);
  return {
    async predict(latents, timestep, text, extras = {}) {
      const { batch, height, width } = pictureShape("latent", latents, config.inputChannels);
      const [textBatch, tokens, textWidth, ...rest] = text.dims;
      if (textBatch !== batch || tokens === undefined || textWidth !== config.textWidth || rest.length > 0) {
        throw new RenderError(
          `the text embedding has the shape [${text.dims.join(", ")}], expected [${batch}, tokens, ${config.textWidth}]`,
        );
      }
      const { residuals, guidanceScale } = extras;
      const shape = {
        batch,
        height,
        width,
        tokens,
        projectedText: projection !== null,
        int8,
        half,
        foldWeights,
        ...(residuals && { residuals: true }),
      };
      const inputs = {
        latents,
        timestep: tensor([1], Float32Array.of(timestep)),
        ...(projection ? await projection.project(text) : { text }),
        ...(config.added && addedInputs(config.added, text, batch, height * factor, width * factor)),
        ...(config.guidanceWidth !== null && {
          guidance: guidanceInput(config.guidanceWidth, guidanceScale),
        }),
        ...(residuals && residualInputs(residuals)),
      };
      return await sessions.use(
        Object.values(shape).join(" "),
        () => load("UNet", buildUnet(config, weights, shape), weights.path),
        async (session) => result(await session.run(inputs), "prediction"),
      );
    },
    residualDims([batch = 0, , height = 0, width = 0]) {
      return residualDims(config, { batch, height, width });
    },
    async release() {
      await Promise.all([sessions.release(), projection?.release()]);
    },
  };
}
