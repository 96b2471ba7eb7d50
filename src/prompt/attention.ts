/** Emphasis in prompts: `(words)`, `[words]`, `(words:1.3)`, escapes and BREAK, read into pieces of text with weights. */

import { ScheduleError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { excerpt } from "../printable.ts";

/** A run of prompt text under one weight, or a request to begin a new chunk. */
export interface PromptPiece {
  /** Text without its emphasis marks; `BREAK` with weight −1 is the chunk break. */
  readonly text: string;
  /** Factor on the embeddings of the tokens of `text`; 1 = plain. */
  readonly weight: number;
}

/** Text of the piece that begins a new chunk; its weight is {@link BREAK_WEIGHT}. */
export const BREAK_TEXT = "BREAK";
export const BREAK_WEIGHT = -1;

const ROUND_FACTOR = 1.1;
const SQUARE_FACTOR = 1 / 1.1;

/** Escapes, brackets, `:weight)`, and the plain text between them. */
const MARKS = /\\[()[\]\\]|\\|\(|\[|:\s*([+-]?[.\d]+)\s*\)|\)|\]|[^\\()[\]:]+|:/g;
/** The word BREAK on its own, in any script. */
const BREAK_WORD = /(?<![\p{L}\p{N}_])BREAK(?![\p{L}\p{N}_])/u;

/**
 * Reads the emphasis of a prompt.
 *
 * `(x)` multiplies the weight of x by 1.1, `[x]` divides it by 1.1, `(x:1.3)` multiplies it by 1.3; they nest. A backslash makes the next
 * bracket plain text. Unclosed brackets reach to the end of the prompt, unopened ones are text. The word `BREAK` outside of brackets
 * begins a new chunk (inside round brackets it is weighed like a word, as users of the web UI know it).
 *
 * Source: stable-diffusion-webui 1.10 (behavior).
 *
 * @returns at least one piece; neighbors of equal weight are joined
 * @throws ScheduleError when the prompt is longer than 10,000 characters, or a weight is not a number within ±10,000
 */
export function parseAttention(prompt: string): readonly PromptPiece[] {
  if (prompt.length > LIMITS.prompt.characters) {
    throw new ScheduleError(
      `expected a prompt of at most ${LIMITS.prompt.characters} characters, found ${prompt.length}`,
      { hint: "networks read a few hundred words at most; shorten the prompt" },
    );
  }
  const pieces: { text: string; weight: number }[] = [];
  const openRound: number[] = [];
  const openSquare: number[] = [];

  function weighFrom(start: number, factor: number): void {
    for (let i = start; i < pieces.length; i++) pieces[i]!.weight *= factor;
  }

  for (const [mark, weight] of prompt.matchAll(MARKS)) {
    if (mark.startsWith("\\")) pieces.push({ text: mark.slice(1), weight: 1 });
    else if (mark === "(") openRound.push(pieces.length);
    else if (mark === "[") openSquare.push(pieces.length);
    else if (weight !== undefined && openRound.length > 0) {
      weighFrom(openRound.pop()!, readWeight(weight, mark));
    } else if (mark === ")" && openRound.length > 0) weighFrom(openRound.pop()!, ROUND_FACTOR);
    else if (mark === "]" && openSquare.length > 0) weighFrom(openSquare.pop()!, SQUARE_FACTOR);
    else pieces.push(...splitAtBreaks(mark));
  }
  for (const start of openRound) weighFrom(start, ROUND_FACTOR);
  for (const start of openSquare) weighFrom(start, SQUARE_FACTOR);

  const joined = joinEqualWeights(pieces);
  for (const { text, weight } of joined) {
    if (!(Math.abs(weight) <= LIMITS.prompt.weight)) throw weightError(`${excerpt(text)} weighs ${weight}`);
  }
  return joined;
}

function readWeight(digits: string, mark: string): number {
  const weight = Number(digits);
  if (!(Math.abs(weight) <= LIMITS.prompt.weight)) throw weightError(excerpt(mark));
  return weight;
}

function weightError(found: string): ScheduleError {
  return new ScheduleError(
    `expected a prompt weight between −${LIMITS.prompt.weight} and ${LIMITS.prompt.weight}, found ${found}`,
    {
      hint: "write (words:1.3); useful weights lie between 0.5 and 1.5",
    },
  );
}

function splitAtBreaks(text: string): { text: string; weight: number }[] {
  const parts = text.split(BREAK_WORD);
  return parts.flatMap((part, i) => {
    let words = part;
    if (i > 0) words = words.trimStart();
    if (i < parts.length - 1) words = words.trimEnd();
    const piece = { text: words, weight: 1 };
    return i === 0 ? [piece] : [{ text: BREAK_TEXT, weight: BREAK_WEIGHT }, piece];
  });
}

function joinEqualWeights(pieces: readonly PromptPiece[]): readonly PromptPiece[] {
  if (pieces.length === 0) return [{ text: "", weight: 1 }];
  const runs: { texts: string[]; weight: number }[] = [];
  for (const { text, weight } of pieces) {
    const last = runs.at(-1);
    if (last && last.weight === weight) last.texts.push(text);
    else runs.push({ texts: [text], weight });
  }
  return runs.map(({ texts, weight }) => ({ text: texts.join(""), weight }));
}
