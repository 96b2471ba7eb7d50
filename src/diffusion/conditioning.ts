/** Prompts to embeddings: weighted chunks through the text encoder, remembered per text, blended between keyframes. */

import type { DiffusionModel, TextEmbedding } from "../models/model.ts";
import { chunkPrompt, type PromptChunk } from "../prompt/chunks.ts";
import { applyTokenWeights } from "../prompt/weighting.ts";
import type { WeightedPrompt } from "../schedule/frame-plan.ts";
import { tensor } from "../tensor/tensor.ts";
import { requireFinite } from "./require-picture.ts";
import { blendEmbeddings, fillUp, zerosLike } from "./text-embedding.ts";

/** What the network is told about the wanted picture. */
export interface Conditioning {
  /** `[1, tokens, textWidth]`, tokens a multiple of textPositions. */
  readonly positive: TextEmbedding;
  /** Same dimensions; absent when nothing is steered away from. */
  readonly negative?: TextEmbedding;
  /** Factor on the guidance of `positive`; default 1. */
  readonly weight?: number;
  /** Further prompts, of the same dimensions, that steer by themselves. */
  readonly others?: readonly { readonly positive: TextEmbedding; readonly weight: number }[];
}

/** A long animation has a few dozen prompts; SD 1.5 needs 0.24 MB for each chunk. */
const REMEMBERED_TEXTS = 64;

/** What the refiner of SDXL is asked to draw, and to steer away from (diffusers' defaults). */
const WANTED_SCORE = 6;
const UNWANTED_SCORE = 2.5;

/** Embeddings by text, clip skip and LoRAs, least recently used first. They depend on nothing else, so frames share them. */
const memories = new WeakMap<DiffusionModel, Map<string, TextEmbedding>>();

/**
 * Embeds the prompts of one frame. Several prompts are blended linearly by their shares; shorter ones, the negative prompt included, are
 * filled up with chunks of the empty prompt, because one network call reads them all (stable-diffusion-webui, "pad prompt").
 *
 * @param prompts at least one; shares sum to 1
 * @param negativePrompt what to steer away from; undefined when guidance is off
 * @param clipSkip layers of the text encoder left off at the end, 0 = none
 * @param leastTokens to fill up to, so that calls with other prompts have the same dimensions
 * @throws ScheduleError for a prompt that cannot be read
 */
export async function conditionOn(
  model: DiffusionModel,
  prompts: readonly WeightedPrompt[],
  negativePrompt: string | undefined,
  clipSkip: number,
  leastTokens = 0,
): Promise<Conditioning> {
  const shares = prompts.map(({ weight }) => weight);
  const positives: TextEmbedding[] = [];
  for (const { text } of prompts) positives.push(await embed(model, text, clipSkip));
  const negative = negativePrompt === undefined ? undefined : await embed(model, negativePrompt, clipSkip);

  const all = [...positives, ...(negative ? [negative] : [])];
  const longest = Math.max(leastTokens, ...all.map(({ dims }) => dims[1]!));
  const filler = await embed(model, "", clipSkip);
  const positive = blendEmbeddings(
    positives.map((embeddings) => fillUp(embeddings, filler, longest)),
    shares,
  );
  if (negative === undefined) return { positive: { ...positive, aestheticScores: [WANTED_SCORE] } };
  const against =
    negativePrompt === "" && model.info.zeroEmptyNegative
      ? zerosLike(positive)
      : fillUp(negative, filler, longest);
  return {
    positive: { ...positive, aestheticScores: [WANTED_SCORE] },
    negative: { ...against, aestheticScores: [UNWANTED_SCORE] },
  };
}

async function embed(model: DiffusionModel, text: string, clipSkip: number): Promise<TextEmbedding> {
  let memory = memories.get(model);
  if (!memory) memories.set(model, (memory = new Map()));
  const key = `${clipSkip} [${model.textState()}] ${text}`;
  const known = memory.get(key);
  const embeddings = known ?? (await encodePrompt(model, text, clipSkip));
  memory.delete(key);
  memory.set(key, embeddings);
  if (memory.size > REMEMBERED_TEXTS) memory.delete(memory.keys().next().value!);
  return embeddings;
}

/** All encoders' states side by side; the pooled vector is that of the first chunk (stable-diffusion-webui's behavior). */
async function encodePrompt(model: DiffusionModel, text: string, clipSkip: number): Promise<TextEmbedding> {
  const { textPositions: positions, textWidth, textEncoders } = model.info;
  let data = new Float32Array();
  let pooled: TextEmbedding["pooled"];
  let column = 0;
  for (const [index, { width, padToken }] of textEncoders.entries()) {
    const { chunks } = chunkPrompt(text, { ...model.tokenizer, padToken }, positions);
    if (index === 0) data = new Float32Array(chunks.length * positions * textWidth);
    for (const [i, chunk] of chunks.entries()) {
      const states = await encodeChunk(model, chunk, clipSkip, index);
      const rows = applyTokenWeights(states.data, chunk.weights);
      for (let row = 0; row < positions; row++) {
        data.set(rows.subarray(row * width, (row + 1) * width), (i * positions + row) * textWidth + column);
      }
      if (i === 0) pooled = states.pooled ?? pooled;
    }
    column += width;
  }
  const embedding = tensor([1, data.length / textWidth, textWidth], data);
  return pooled ? { ...embedding, pooled } : embedding;
}

async function encodeChunk(
  model: DiffusionModel,
  { tokens }: PromptChunk,
  clipSkip: number,
  encoder: number,
): Promise<TextEmbedding> {
  const ids = tensor([1, tokens.length], BigInt64Array.from(tokens, BigInt));
  const states = await model.encodeText(ids, clipSkip, encoder);
  requireFinite(states.data, "encoding the prompt");
  return states;
}
