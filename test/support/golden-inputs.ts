/** What the goldens of the tiny models were computed from: their prompt as token numbers, and batches of two. */

import type { DiffusionModel } from "../../src/models/model.ts";
import { tensor, type IntTensor, type Tensor } from "../../src/tensor/tensor.ts";

/** Of the tiny models' tokenizers. */
export const BEGIN = 998;
export const END = 999;
export const PROMPT = [11, 205, 33, 420, 77, 501, 9, 640];

/** `[1, 77]` @param padToken CLIP fills up with the end token, OpenCLIP with 0 */
export function tokenIds(words: readonly number[], padToken = END): IntTensor {
  const ids = [BEGIN, ...words, END];
  const padded = Array.from({ length: 77 }, (_, i) => BigInt(ids[i] ?? padToken));
  return tensor([1, 77], BigInt64Array.from(padded));
}

/** Two tensors of batch 1 as one of batch 2. */
export function batch(first: Tensor, second: Tensor): Tensor {
  return tensor([2, ...first.dims.slice(1)], Float32Array.of(...first.data, ...second.data));
}

/** The model, to which the text `golden` reads as {@link PROMPT} and all others as empty. */
export function readingGolden(model: DiffusionModel): DiffusionModel {
  return {
    ...model,
    tokenizer: { ...model.tokenizer, encode: (text) => (text === "golden" ? PROMPT : []) },
  };
}
