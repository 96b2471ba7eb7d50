/** A text encoder that runs: token ids to hidden states, one session per batch and clip skip. */

import { RenderError } from "../errors.ts";
import type { IntTensor } from "../tensor/tensor.ts";
import type { TextEncoderFiles } from "./model-files.ts";
import type { TextEmbedding } from "./model.ts";
import { result, type LoadGraph } from "./session.ts";
import { sessionCache } from "./session-cache.ts";
import { buildTextEncoder, countAddedTokens, countStateLayers } from "./text-encoder.ts";

export interface RunningTextEncoder {
  /** See `DiffusionModel.encodeText`. */
  readonly encode: (ids: IntTensor, clipSkip: number) => Promise<TextEmbedding>;
  readonly release: () => Promise<void>;
}

export function openTextEncoder({ config, weights }: TextEncoderFiles, load: LoadGraph): RunningTextEncoder {
  const sessions = sessionCache();
  const layers = countStateLayers(config);
  return {
    async encode(ids, clipSkip) {
      const [batch, positions, ...rest] = ids.dims;
      if (batch === undefined || positions !== config.positions || rest.length > 0) {
        throw new RenderError(
          `the token ids have the shape [${ids.dims.join(", ")}], expected [batch, ${config.positions}]`,
        );
      }
      if (!Number.isInteger(clipSkip) || clipSkip < 0 || clipSkip >= layers) {
        throw new RenderError(
          `clip skip is ${clipSkip}, expected 0 to ${layers - 1}: the text encoder has ${layers} layers`,
        );
      }
      const known = config.vocabulary + countAddedTokens(weights);
      const stray = ids.data.find((id) => id < 0n || id >= BigInt(known));
      if (stray !== undefined) {
        throw new RenderError(`the token id ${stray} is not in the vocabulary of ${known} tokens`);
      }
      return await sessions.use(
        `${batch} ${clipSkip}`,
        () => load("text encoder", buildTextEncoder(config, weights, batch, clipSkip), weights.path),
        async (session) => {
          const states = await session.run({ ids });
          const hidden = result(states, "hidden");
          return config.pooledWidth === null ? hidden : { ...hidden, pooled: result(states, "pooled") };
        },
      );
    },
    release: () => sessions.release(),
  };
}
