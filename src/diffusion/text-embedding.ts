/** Arithmetic on what prompts become: blended, filled up to a length, stacked into one batch. The pooled vector of SDXL goes along. */

import type { TextEmbedding } from "../models/model.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";

/**
 * Weighted sum of embeddings of the same length.
 *
 * @param shares one per embedding
 * @returns the first one itself when it is alone with share 1
 */
export function blendEmbeddings(
  embeddings: readonly TextEmbedding[],
  shares: readonly number[],
): TextEmbedding {
  const [first] = embeddings;
  if (embeddings.length === 1 && shares[0] === 1) return first!;
  const pooled = embeddings.flatMap((embedding) => embedding.pooled ?? []);
  return { ...blend(embeddings, shares), ...(pooled.length > 0 && { pooled: blend(pooled, shares) }) };
}

/** Appends `filler`, whole, until there are `tokens` positions; the pooled vector stays that of the text. */
export function fillUp(embedding: TextEmbedding, filler: Tensor, tokens: number): TextEmbedding {
  const [, present, width] = embedding.dims;
  if (present === tokens) return embedding;
  const data = new Float32Array(tokens * width!);
  for (let at = embedding.data.length; at < data.length; at += filler.data.length) data.set(filler.data, at);
  data.set(embedding.data);
  return { ...embedding, ...tensor([1, tokens, width!], data) };
}

/** All zeros, in the shape of another; what SDXL base was trained to take as no text. */
export function zerosLike({ dims, data, pooled }: TextEmbedding): TextEmbedding {
  return {
    dims,
    data: new Float32Array(data.length),
    ...(pooled && { pooled: tensor(pooled.dims, new Float32Array(pooled.data.length)) }),
  };
}

/** Embeddings of the same length one after the other along the batch, `[1, …]` each → `[count, …]`. */
export function stackEmbeddings(embeddings: readonly TextEmbedding[]): TextEmbedding {
  const pooled = embeddings.flatMap((embedding) => embedding.pooled ?? []);
  const scores = embeddings.flatMap((embedding) => embedding.aestheticScores ?? []);
  return {
    ...stack(embeddings),
    ...(pooled.length > 0 && { pooled: stack(pooled) }),
    ...(scores.length > 0 && { aestheticScores: scores }),
  };
}

function stack(tensors: readonly Tensor[]): Tensor {
  const [, ...sizes] = tensors[0]!.dims;
  const length = tensors[0]!.data.length;
  const data = new Float32Array(tensors.length * length);
  for (const [i, part] of tensors.entries()) data.set(part.data, i * length);
  return tensor([tensors.length, ...sizes], data);
}

function blend(tensors: readonly Tensor[], shares: readonly number[]): Tensor {
  const data = new Float32Array(tensors[0]!.data.length);
  for (const [i, part] of tensors.entries()) {
    const share = shares[i]!;
    for (let at = 0; at < data.length; at++) data[at]! += share * part.data[at]!;
  }
  return tensor(tensors[0]!.dims, data);
}
