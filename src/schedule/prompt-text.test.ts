import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { ScheduleError } from "../errors.ts";
import { readPromptText, type PromptText } from "./prompt-text.ts";

interface Golden {
  readonly prompt: string;
  readonly frame: number;
  readonly max_frames: number;
  readonly split_after_prepare: { readonly result?: readonly [string, string]; readonly error?: string };
}

// Computed with deforum-art/sd-webui-deforum 32242685.
const goldens: readonly Golden[] = JSON.parse(
  readFileSync("test/fixtures/deforum/prompts/prompt_math.json", "utf8"),
);

function textAt(prompt: string, frame: number, frames = 60): PromptText {
  return readPromptText(prompt)(frame, { frames, seed: 5, fps: 15 });
}

/** White space carries no meaning in a prompt: goldens keep some of it around `--neg`. */
function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** `1.0` and `1` are one weight; numbers are compared to 1e-9. */
function expectSamePrompt(actual: string, expected: string): void {
  const numbers = /-?\d+(?:\.\d+)?(?:e-?\d+)?/g;
  expect(squeeze(actual).replaceAll(numbers, "#")).toBe(squeeze(expected).replaceAll(numbers, "#"));
  const found = (actual.match(numbers) ?? []).map(Number);
  const wanted = (expected.match(numbers) ?? []).map(Number);
  for (const [index, value] of wanted.entries()) expect(found[index]).toBeCloseTo(value, 9);
}

/** Deforum fails where a function's name holds a t, which it replaces too, and does not know s; here both work. */
const FIXED: Readonly<Record<string, readonly [frame: number, text: string][]>> = {
  "x:`sqrt(t)`": [
    [0, "x:0"],
    [5, "x:2.23606797749979"],
    [17, "x:4.123105625617661"],
  ],
  "x:`tan(t)`": [
    [0, "x:0"],
    [5, "x:-3.380515006246586"],
    [17, "x:3.49391564547484"],
  ],
  "x:`s`": [
    [0, "x:5"],
    [5, "x:5"],
    [17, "x:5"],
  ],
};

describe("a prompt at a frame", () => {
  it.each(goldens.map((golden) => [golden.prompt, golden.frame, golden] as const))(
    "%j at frame %i is Deforum's, or the fix of it",
    (prompt, frame, { max_frames, split_after_prepare: { result } }) => {
      if (result !== undefined) {
        const { positive, negative } = textAt(prompt, frame, max_frames);
        expectSamePrompt(positive, result[0]);
        expectSamePrompt(negative, result[1]);
        return;
      }
      const fixed = FIXED[prompt]?.find(([at]) => at === frame);
      if (fixed === undefined) expect(() => textAt(prompt, frame)).toThrow(ScheduleError);
      else expectSamePrompt(textAt(prompt, frame).positive, fixed[1]);
    },
  );

  it("says where a formula is wrong, counted in the whole prompt", () => {
    expect(() => readPromptText("a `t` --neg b `1+(`")).toThrow(
      expect.objectContaining({ constructor: ScheduleError, offset: 18 }),
    );
  });

  it("refuses a formula without a finite value", () => {
    expect(() => textAt("(a:`1/(t-3)`)", 3)).toThrow(
      expect.objectContaining({
        message: "expected a number in the prompt, found Infinity as the value of `1/(t-3)` at frame 3",
        offset: 4,
        hint: "keep the formula from dividing by zero and from roots and logarithms of negative numbers",
      }),
    );
    expect(textAt("(a:`1/(t-3)`)", 4).positive).toBe("(a:1)");
  });
});
