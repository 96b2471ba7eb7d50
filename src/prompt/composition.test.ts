import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ScheduleError } from "../errors.ts";
import { readComposition, refuseComposition } from "./composition.ts";

// Computed with the prompt parser of the stable-diffusion-webui 1.10 family.
const golden: { cases: { prompt: string; parts: [string, number][] }[] } = JSON.parse(
  readFileSync("test/fixtures/prompts/and_composition.json", "utf8"),
);

describe("readComposition", () => {
  it("has all 12 golden prompts to compare with", () => {
    expect(golden.cases).toHaveLength(12);
  });

  it.each(golden.cases)("cuts $prompt as the web UI does", ({ prompt, parts }) => {
    expect(readComposition(prompt).map(({ text, weight }) => [text, weight])).toEqual(parts);
  });

  it("sees no AND inside a word of another script, and no weight behind an escaped colon", () => {
    expect(readComposition("日AND本")).toHaveLength(1);
    expect(readComposition("an aspect of 16\\:9")).toEqual([{ text: "an aspect of 16\\:9", weight: 1 }]);
  });

  it.each([
    [`a:${"9".repeat(400)}`, /a weight between −1000 and 1000/],
    ["a AND b:1001", /found ":1001"|found `:1001`/],
    ["a AND ".repeat(40), /at most 16 prompts joined by AND, found 41/],
  ])("refuses what no picture is made of: %#", (prompt, message) => {
    expect(() => readComposition(prompt)).toThrow(ScheduleError);
    expect(() => readComposition(prompt)).toThrow(message);
  });

  it.each([":1", "[ :  ", " AND", ": 1 ", "\\:"])(
    "reads 200,000 characters of %j within a second",
    (unit) => {
      const start = performance.now();
      try {
        readComposition(`${unit.repeat(200_000 / unit.length)}x`);
      } catch (error) {
        expect(error).toBeInstanceOf(ScheduleError);
      }
      expect(performance.now() - start).toBeLessThan(1000);
    },
  );
});

describe("refuseComposition", () => {
  it.each(["", "blurry", "blurry, (ugly:1.3)", "salt and pepper"])(
    "passes the negative prompt %j",
    (text) => {
      expect(() => refuseComposition(text)).not.toThrow();
    },
  );

  it.each([
    ["blurry AND ugly", /several joined by AND/],
    ["blurry:1.5", /without a weight of its own, found 1.5/],
  ])("refuses the negative prompt %j", (text, message) => {
    expect(() => refuseComposition(text)).toThrow(message);
  });
});
