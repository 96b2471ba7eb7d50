/** Weighted prompt text to chunks of token ids, as many as the text encoder reads at once. */

import { ScheduleError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Tokenizer } from "../models/model.ts";
import { BREAK_TEXT, BREAK_WEIGHT, parseAttention } from "./attention.ts";
import { refuseUnsupportedSyntax } from "./unsupported-syntax.ts";

/** One window of the text encoder. */
export interface PromptChunk {
  /** Begin token, words, end token, padding: `positions` long. */
  readonly tokens: readonly number[];
  /** Weight of each token; begin, end and padding weigh 1. */
  readonly weights: readonly number[];
}

export interface PromptChunks {
  /** At least one. */
  readonly chunks: readonly PromptChunk[];
  /** Tokens of the prompt, full chunks counted whole. */
  readonly tokenCount: number;
}

/** A phrase is carried over to the next chunk whole if its comma lies at most this many tokens back. */
const COMMA_REACH = 20;

/**
 * Cuts a prompt into chunks of `positions − 2` tokens. When a chunk is full in the middle of a phrase, the phrase moves to the next chunk
 * from its comma on; `BREAK` ends a chunk early.
 *
 * Source: stable-diffusion-webui 1.10 (behavior), comma reach 20.
 *
 * @param prompt text with emphasis marks, see {@link parseAttention}
 * @param positions token positions of the text encoder, begin and end included (77 for CLIP)
 * @throws ScheduleError for syntax of a later version, emphasis that cannot be read, or more than 32 chunks
 */
export function chunkPrompt(prompt: string, tokenizer: Tokenizer, positions: number): PromptChunks {
  refuseUnsupportedSyntax(prompt);
  const capacity = positions - 2;
  const commaIds = tokenizer.encode(",");
  // A vocabulary without a comma (the tokenizer gives several ids, or none) has no phrases to keep together.
  const comma = commaIds.length === 1 ? commaIds[0] : undefined;

  const chunks: PromptChunk[] = [];
  let tokens: number[] = [];
  let weights: number[] = [];
  let phraseStart = -1;
  let tokenCount = 0;

  function closeChunk(): void {
    if (chunks.length === LIMITS.prompt.chunks) {
      throw new ScheduleError(
        `expected a prompt of at most ${LIMITS.prompt.chunks} chunks of ${capacity} tokens, found more`,
        { hint: "shorten the prompt, or use fewer BREAK" },
      );
    }
    chunks.push(frameChunk(tokens, weights, tokenizer, positions));
    tokens = [];
    weights = [];
    phraseStart = -1;
  }

  function closeFullChunk(): void {
    const cutsPhrase = phraseStart !== -1 && capacity - phraseStart < COMMA_REACH;
    const carriedTokens = cutsPhrase ? tokens.splice(phraseStart) : [];
    const carriedWeights = cutsPhrase ? weights.splice(phraseStart) : [];
    tokenCount += capacity;
    closeChunk();
    tokens = carriedTokens;
    weights = carriedWeights;
  }

  for (const { text, weight } of parseAttention(prompt)) {
    if (text === BREAK_TEXT && weight === BREAK_WEIGHT) {
      tokenCount += capacity;
      closeChunk();
      continue;
    }
    for (const token of tokenizer.encode(text)) {
      if (tokens.length === capacity) {
        // A comma at the boundary ends its phrase: nothing to carry.
        if (token === comma) phraseStart = -1;
        closeFullChunk();
      }
      // The vectors of an embedding stay together.
      if (tokens.length + (tokenizer.unitLength?.(token) ?? 1) > capacity) {
        tokenCount += capacity;
        closeChunk();
      }
      tokens.push(token);
      weights.push(weight);
      if (token === comma && tokens.length > 1) phraseStart = tokens.length;
    }
  }
  if (tokens.length > 0 || chunks.length === 0) {
    tokenCount += tokens.length;
    closeChunk();
  }
  return { chunks, tokenCount };
}

function frameChunk(
  tokens: readonly number[],
  weights: readonly number[],
  { beginToken, endToken, padToken }: Tokenizer,
  positions: number,
): PromptChunk {
  const padding = positions - 2 - tokens.length;
  return {
    tokens: [beginToken, ...tokens, endToken, ...Array<number>(padding).fill(padToken)],
    weights: [1, ...weights, 1, ...Array<number>(padding).fill(1)],
  };
}
