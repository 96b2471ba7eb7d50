/** Prompts to embeddings: weighted chunks through the text encoder, remembered per text, blended between keyframes. */

import type { DiffusionModel } from "../models/model.ts";
import { chunkPrompt, type PromptChunk } from "../prompt/chunks.ts";
import { applyTokenWeights } from "../prompt/weighting.ts";
import type { WeightedPrompt } from "../schedule/frame-plan.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { requireFinite } from "./require-picture.ts";

/** What the network is told about the wanted picture. */
export interface Conditioning {
  /** `[1, tokens, textWidth]`, tokens a multiple of textPositions. */
  readonly positive: Tensor;
  /** Same dimensions; absent when nothing is steered away from. */
  readonly negative?: Tensor;
}

/** A long animation has a few dozen prompts; SD 1.5 needs 0.24 MB for each chunk. */
const REMEMBERED_TEXTS = 64;

/** Embeddings by clip skip and text, least recently used first. They depend on nothing else, so frames share them. */
const memories = new WeakMap<DiffusionModel, Map<string, Tensor>>();

/**
 * Embeds the prompts of one frame. Several prompts are blended linearly by their shares; shorter ones, the negative prompt included, are
 * filled up with chunks of the empty prompt, because one network call reads them all (stable-diffusion-webui, "pad prompt").
 *
 * @param prompts at least one; shares sum to 1
 * @param negativePrompt what to steer away from; undefined when guidance is off
 * @param clipSkip layers of the text encoder left off at the end, 0 = none
 * @throws ScheduleError for a prompt that cannot be read
 */
export async function conditionOn(
  model: DiffusionModel,
  prompts: readonly WeightedPrompt[],
  negativePrompt: string | undefined,
  clipSkip: number,
): Promise<Conditioning> {
  const shares = prompts.map(({ weight }) => weight);
  const positives: Tensor[] = [];
  for (const { text } of prompts) positives.push(await embed(model, text, clipSkip));
  const negative = negativePrompt === undefined ? undefined : await embed(model, negativePrompt, clipSkip);

  const longest = Math.max(...[...positives, ...(negative ? [negative] : [])].map(({ dims }) => dims[1]!));
  const filler = await embed(model, "", clipSkip);
  return {
    positive: blend(
      positives.map((embeddings) => fillUp(embeddings, filler, longest)),
      shares,
    ),
    ...(negative && { negative: fillUp(negative, filler, longest) }),
  };
}

async function embed(model: DiffusionModel, text: string, clipSkip: number): Promise<Tensor> {
  let memory = memories.get(model);
  if (!memory) memories.set(model, (memory = new Map()));
  const key = `${clipSkip} ${text}`;
  const known = memory.get(key);
  const embeddings = known ?? (await encodePrompt(model, text, clipSkip));
  memory.delete(key);
  memory.set(key, embeddings);
  if (memory.size > REMEMBERED_TEXTS) memory.delete(memory.keys().next().value!);
  return embeddings;
}

async function encodePrompt(model: DiffusionModel, text: string, clipSkip: number): Promise<Tensor> {
  const { textPositions, textWidth } = model.info;
  const { chunks } = chunkPrompt(text, model.tokenizer, textPositions);
  const all = new Float32Array(chunks.length * textPositions * textWidth);
  for (const [i, chunk] of chunks.entries()) {
    all.set(await encodeChunk(model, chunk, clipSkip), i * textPositions * textWidth);
  }
  return tensor([1, chunks.length * textPositions, textWidth], all);
}

async function encodeChunk(
  model: DiffusionModel,
  { tokens, weights }: PromptChunk,
  clipSkip: number,
): Promise<Float32Array> {
  const ids = tensor([1, tokens.length], BigInt64Array.from(tokens, BigInt));
  const { data } = await model.encodeText(ids, clipSkip);
  requireFinite(data, "encoding the prompt");
  return applyTokenWeights(data, weights);
}

function fillUp(embeddings: Tensor, filler: Tensor, tokens: number): Tensor {
  const [, present, width] = embeddings.dims;
  if (present === tokens) return embeddings;
  const data = new Float32Array(tokens * width!);
  for (let at = embeddings.data.length; at < data.length; at += filler.data.length) data.set(filler.data, at);
  data.set(embeddings.data);
  return tensor([1, tokens, width!], data);
}

function blend(embeddings: readonly Tensor[], shares: readonly number[]): Tensor {
  const [first] = embeddings;
  if (embeddings.length === 1 && shares[0] === 1) return first!;
  const data = new Float32Array(first!.data.length);
  for (const [i, part] of embeddings.entries()) {
    const share = shares[i]!;
    for (let at = 0; at < data.length; at++) data[at]! += share * part.data[at]!;
  }
  return tensor(first!.dims, data);
}
