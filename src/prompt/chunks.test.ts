import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { AnimateError, ScheduleError } from "../errors.ts";
import type { Tokenizer } from "../models/model.ts";
import { openTokenizer } from "../models/tokenizer.ts";
import { chunkPrompt } from "./chunks.ts";

type Runs = [value: number, count: number][];

// Computed with the chunk rules of the stable-diffusion-webui 1.10 family on CLIP's vocabulary.
const golden: {
  cases: {
    prompt: string;
    token_count: number;
    target_count: number;
    chunks: { tokens_rle: Runs; multipliers_rle: Runs }[];
  }[];
} = JSON.parse(readFileSync("test/fixtures/prompts/chunks.json", "utf8"));

const expand = (runs: Runs): number[] => runs.flatMap(([value, count]) => Array<number>(count).fill(value));

/** A vocabulary small enough to count by hand: every word is one token, its length; a comma is token 1. */
const wordTokenizer: Tokenizer = {
  encode: (text) => (text.match(/,|[^\s,]+/g) ?? []).map((word) => (word === "," ? 1 : 100 + word.length)),
  beginToken: 98,
  endToken: 99,
  padToken: 0,
};

describe("chunkPrompt on CLIP's vocabulary", () => {
  let clip: Tokenizer;
  beforeAll(async () => {
    ({ tokenizer: clip } = await openTokenizer("presets/tokenizers/clip", 49_408));
  });

  it("has all 21 golden prompts to compare with", () => {
    expect(golden.cases).toHaveLength(21);
  });

  it.each(golden.cases)("cuts golden prompt %# as the web UI does", (test) => {
    const { chunks, tokenCount } = chunkPrompt(test.prompt, clip, 77);
    expect(chunks.map(({ tokens }) => tokens)).toEqual(
      test.chunks.map(({ tokens_rle }) => expand(tokens_rle)),
    );
    expect(chunks.map(({ weights }) => weights)).toEqual(
      test.chunks.map(({ multipliers_rle }) => expand(multipliers_rle)),
    );
    expect(tokenCount).toBe(test.token_count);
    expect(chunks.length * 75).toBe(test.target_count);
  });
});

describe("chunkPrompt", () => {
  it("fills chunks of any size: 32 positions hold 30 words", () => {
    const { chunks, tokenCount } = chunkPrompt("word ".repeat(31), wordTokenizer, 32);
    expect(chunks.map(({ tokens }) => tokens)).toEqual([
      [98, ...Array<number>(30).fill(104), 99],
      [98, 104, 99, ...Array<number>(29).fill(0)],
    ]);
    expect(tokenCount).toBe(31);
  });

  it("moves a phrase that does not fit to the next chunk, from its comma on", () => {
    const { chunks } = chunkPrompt(`${"word ".repeat(12)}, a bb ccc`, wordTokenizer, 16);
    expect(chunks[0]!.tokens.slice(0, 14)).toEqual([98, ...Array<number>(12).fill(104), 1]);
    expect(chunks[1]!.tokens.slice(0, 5)).toEqual([98, 101, 102, 103, 99]);
  });

  it("keeps weights beside their words when a phrase moves", () => {
    const { chunks } = chunkPrompt(`${"word ".repeat(12)}, a (bb:1.5) ccc`, wordTokenizer, 16);
    expect(chunks[1]!.weights.slice(0, 5)).toEqual([1, 1, 1.5, 1, 1]);
  });

  it("has a chunk without words for the empty prompt", () => {
    expect(chunkPrompt("", wordTokenizer, 5).chunks).toEqual([
      { tokens: [98, 99, 0, 0, 0], weights: [1, 1, 1, 1, 1] },
    ]);
  });

  it("keeps no phrase together when the vocabulary has no comma", () => {
    const noComma = {
      ...wordTokenizer,
      encode: (text: string) => wordTokenizer.encode(text.replaceAll(",", "")),
    };
    const { chunks } = chunkPrompt(`${"word ".repeat(12)}, a bb ccc`, noComma, 16);
    expect(chunks[1]!.tokens.slice(0, 3)).toEqual([98, 103, 99]);
  });

  it("refuses syntax of a later version, and a prompt of too many chunks", () => {
    expect(() => chunkPrompt("a <lora:hero:1>", wordTokenizer, 77)).toThrow(ScheduleError);
    expect(() => chunkPrompt("a BREAK ".repeat(40), wordTokenizer, 77)).toThrow(
      "at most 32 chunks of 75 tokens",
    );
  });

  it("gives every chunk its full length for any prompt, or an error of ours", () => {
    const mark = fc.constantFrom("(", ")", "[", "]", "\\", ":", ":1.3)", " BREAK ", " ", ",", " word", "|");
    const prompt = fc.array(mark, { maxLength: 120 }).map((marks) => marks.join(""));
    fc.assert(
      fc.property(prompt, fc.integer({ min: 3, max: 80 }), (text, positions) => {
        try {
          for (const { tokens, weights } of chunkPrompt(text, wordTokenizer, positions).chunks) {
            expect(tokens).toHaveLength(positions);
            expect(weights).toHaveLength(positions);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(AnimateError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
