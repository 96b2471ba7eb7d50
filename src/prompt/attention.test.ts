import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnimateError, ScheduleError } from "../errors.ts";
import { parseAttention } from "./attention.ts";

// Computed with the prompt parser of the stable-diffusion-webui 1.10 family.
const golden: {
  cases: { prompt: string; parts: [string, number][] }[];
} = JSON.parse(readFileSync("test/fixtures/prompts/attention.json", "utf8"));

describe("parseAttention", () => {
  it("has all 59 golden prompts to compare with", () => {
    expect(golden.cases).toHaveLength(59);
  });

  it.each(golden.cases)("reads $prompt as the web UI does, to the last bit", ({ prompt, parts }) => {
    expect(parseAttention(prompt).map(({ text, weight }) => [text, weight])).toEqual(parts);
  });

  it("sees no BREAK inside a word of another script", () => {
    expect(parseAttention("日BREAK本")).toEqual([{ text: "日BREAK本", weight: 1 }]);
  });

  it.each([
    "(a:1.2.3)",
    "(a:.)",
    "(a:99999)",
    `(a:${"9".repeat(400)})`,
    `${"(".repeat(200)}a`,
    `${"(".repeat(9000)}a`,
  ])("refuses a weight that is no useful number: %#", (prompt) => {
    expect(() => parseAttention(prompt)).toThrow(ScheduleError);
    expect(() => parseAttention(prompt)).toThrow(/expected a prompt weight between/);
  });

  it("refuses a prompt too long to be one", () => {
    expect(() => parseAttention("a".repeat(10_001))).toThrow("at most 10000 characters, found 10001");
  });

  it("reads 10,000 hostile prompts without a crash, giving finite weights or an error of ours", () => {
    const mark = fc.constantFrom(
      "(",
      ")",
      "[",
      "]",
      "\\",
      ":",
      "1.3",
      ":1.3)",
      "BREAK",
      " ",
      "a",
      "|",
      "<lora:",
      "日",
      "-",
      ".",
    );
    const prompt = fc.oneof(
      fc.array(mark, { maxLength: 60 }).map((marks) => marks.join("")),
      fc.string({ unit: "binary", maxLength: 60 }),
    );
    fc.assert(
      fc.property(prompt, (text) => {
        try {
          const pieces = parseAttention(text);
          expect(pieces.length).toBeGreaterThan(0);
          for (const { weight } of pieces) expect(Number.isFinite(weight)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(AnimateError);
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it("reads the worst prompt of the allowed length within a second", () => {
    const nested = `${"([a".repeat(1600)}${"])".repeat(1600)}`;
    const start = performance.now();
    expect(parseAttention(nested).length).toBeGreaterThan(0);
    parseAttention(" ".repeat(9_990));
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
