import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnimateError, ScheduleError } from "../errors.ts";
import { readEditing } from "./editing.ts";

// Computed with the prompt parser of the stable-diffusion-webui 1.10 family: the last step of each text, counted from 1.
const golden: { cases: { prompt: string; steps: number; schedule: [lastStep: number, text: string][] }[] } =
  JSON.parse(readFileSync("test/fixtures/prompts/schedules.json", "utf8"));

describe("readEditing", () => {
  it("has the 42 golden prompts at 10 and at 20 steps to compare with", () => {
    expect(golden.cases).toHaveLength(84);
    expect(new Set(golden.cases.map(({ prompt }) => prompt)).size).toBe(42);
  });

  it.each(golden.cases)(
    "reads $prompt over $steps steps as the web UI does",
    ({ prompt, steps, schedule }) => {
      const textAt = readEditing(prompt);
      const texts = Array.from({ length: steps }, (_, i) => textAt(i + 1, steps));
      const expected = texts.map((_, i) => schedule.find(([lastStep]) => i + 1 <= lastStep)![1]);
      expect(texts).toEqual(expected);
    },
  );

  it.each([
    "",
    "a [unbalanced",
    "(a|b:1.2)",
    "[a:b:c:0.5]",
    "\\[a:b:0.5\\]",
    "[a:b:1e3]",
    "[a:b:]",
    "a:b|c",
    "]:|)",
    "trailing \\",
  ])("leaves %j alone", (prompt) => {
    expect(readEditing(prompt)(1, 8)).toBe(prompt);
    expect(readEditing(prompt)(8, 8)).toBe(prompt);
  });

  it("keeps other edits of a prompt that has a stray bar", () => {
    expect(readEditing("x|y [a:b:0.5]")(1, 2)).toBe("x|y a");
    expect(readEditing("x|y [a:b:0.5]")(2, 2)).toBe("x|y b");
  });

  it("refuses a prompt that is too long, and edits nested beyond reason", () => {
    expect(() => readEditing("a".repeat(10_001))).toThrow("at most 10000 characters, found 10001");
    expect(() => readEditing(`${"[".repeat(33)}x${":1]".repeat(33)}`)).toThrow(
      "at most 32 prompt edits inside each other",
    );
    expect(readEditing(`${"[".repeat(32)}x${":1]".repeat(32)}`)(2, 2)).toBe("x");
  });

  it("reads 5,000 hostile prompts without a crash, and gives back a prompt without edits unchanged", () => {
    const mark = fc.constantFrom("(", ")", "[", "]", "\\", ":", "|", "0.5", "3", " ", "a", "-");
    const prompt = fc.array(mark, { maxLength: 60 }).map((marks) => marks.join(""));
    fc.assert(
      fc.property(prompt, fc.integer({ min: 1, max: 30 }), (text, steps) => {
        try {
          const textAt = readEditing(text);
          for (let step = 1; step <= steps; step++)
            expect(textAt(step, steps).length).toBeLessThanOrEqual(text.length);
          if (!text.includes("[")) expect(textAt(1, steps)).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(AnimateError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it.each(["[x:", "[:1", "([", "[|", "(:"])("reads the longest prompt of %j within a second", (unit) => {
    const start = performance.now();
    try {
      readEditing(unit.repeat(Math.floor(10_000 / unit.length)))(1, 20);
    } catch (error) {
      expect(error).toBeInstanceOf(ScheduleError);
    }
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
