import { readFileSync } from "node:fs";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { planPrompts, type PromptPlan } from "./prompt-plan.ts";

interface ExpandGolden {
  readonly prompts: Readonly<Record<string, string>>;
  readonly max_frames: number;
  readonly per_frame: { readonly result?: readonly string[]; readonly error?: string };
}

interface MergeGolden {
  readonly positive: string;
  readonly negative: string;
  readonly prompt: string;
  readonly merged: string;
}

// Computed with deforum-art/sd-webui-deforum 32242685.
const expandGoldens: readonly ExpandGolden[] = JSON.parse(fixture("expand"));
const mergeGoldens: readonly MergeGolden[] = JSON.parse(fixture("merge"));

function fixture(name: string): string {
  return readFileSync(`test/fixtures/deforum/prompts/${name}.json`, "utf8");
}

interface Case {
  readonly positive_prompt?: string;
  readonly negative_prompt?: string;
  readonly prompt_transition?: number | string;
  readonly bpm?: number;
}

function plan(prompts: Readonly<Record<string, string>>, frames: number, options: Case = {}): PromptPlan[] {
  const { positive_prompt = "", negative_prompt = "", prompt_transition = 0, bpm } = options;
  const context = { frames, seed: 0, fps: 10, ...(bpm !== undefined && { bpm }) };
  return planPrompts({ prompts, positive_prompt, negative_prompt, prompt_transition }, context);
}

function weights(plans: readonly PromptPlan[], text: string): number[] {
  return plans.map(({ prompts }) => prompts.find((prompt) => prompt.text === text)?.weight ?? 0);
}

describe("the prompt of each frame", () => {
  /** Keys that are an error in Deforum and mean something here, or the other way round. */
  const OWN: Readonly<Record<string, readonly string[] | string>> = {
    '{"0":"a","max_f-2":"b"}': ["a", "a", "a", "a", "a", "a", "a", "b", "b", "b"],
    '{" 3":"a"}': ["a", "a", "a", "a", "a", "a"],
    '{"0":"a","4.6":"b"}': "expected a whole frame",
  };

  it.each(expandGoldens.map((golden) => [JSON.stringify(golden.prompts), golden] as const))(
    "%s is Deforum's, or ours as listed",
    (name, { prompts, max_frames, per_frame }) => {
      const own = OWN[name];
      const texts = () => plan(prompts, max_frames).map(({ prompts: [prompt] }) => prompt!.text);
      if (typeof own === "string") expect(texts).toThrow(own);
      else expect(texts()).toEqual(own ?? per_frame.result);
    },
  );

  it("names the key that holds, for frames before the first key that one", () => {
    expect(plan({ 3: "a", 6: "b" }, 8).map(({ promptKey }) => promptKey)).toEqual([3, 3, 3, 3, 3, 3, 6, 6]);
  });

  it("understands seconds, beats and expressions as keys", () => {
    const plans = plan({ 0: "a", "0.5s": "b", "2b": "c", max_f: "d" }, 20, { bpm: 120 });
    expect(plans.map(({ prompts: [prompt] }) => prompt!.text).join("")).toBe("aaaaabbbbbcccccccccd");
  });
});

describe("the texts before and behind all prompts", () => {
  it.each(mergeGoldens.map((golden) => [golden.prompt, golden.positive, golden.negative, golden] as const))(
    "make of %j with %j and %j what Deforum merges",
    (prompt, positive, negative, { merged }) => {
      const [before, ...negatives] = merged.split("--neg");
      const expected = negatives.join(" ").replaceAll(/\s+/g, " ").trim();
      // A --neg inside the negative box is deleted by Deforum's interface; here the setting is taken as it stands.
      const [{ prompts, negativePrompt }] = plan({ 0: prompt }, 1, {
        positive_prompt: positive,
        negative_prompt: negative.replace("--neg", ""),
      }) as [PromptPlan];
      expect(negativePrompt.replaceAll(/\s+/g, " ")).toBe(expected);
      expect(prompts).toEqual([{ text: before!.trim(), weight: 1 }]);
    },
  );

  it("switch at the key where they are negative, also while the prompt still blends", () => {
    const plans = plan({ 0: "a --neg x", 2: "b --neg y" }, 4, { negative_prompt: "z", prompt_transition: 2 });
    expect(plans.map(({ negativePrompt }) => negativePrompt)).toEqual(["x z", "x z", "y z", "y z"]);
  });
});

describe("a transition", () => {
  it("of 0 frames switches at the key", () => {
    expect(weights(plan({ 0: "a", 2: "b" }, 4), "b")).toEqual([0, 0, 1, 1]);
  });

  it("begins at the key and is over after its frames", () => {
    const plans = plan({ 0: "a", 2: "b" }, 7, { prompt_transition: 3 });
    expect(weights(plans, "b")).toEqual([0, 0, 0.25, 0.5, 0.75, 1, 1]);
    expect(plans.map(({ promptTransition }) => promptTransition)).toEqual([0, 0, 3, 3, 3, 3, 3]);
  });

  it("may be given in seconds and beats", () => {
    expect(weights(plan({ 0: "a", 2: "b" }, 7, { prompt_transition: "0.3s" }), "b")[3]).toBe(0.5);
    expect(weights(plan({ 0: "a", 2: "b" }, 7, { prompt_transition: "1b", bpm: 200 }), "b")[3]).toBe(0.5);
  });

  it("is over before the next one begins", () => {
    const plans = plan({ 0: "a", 2: "b", 5: "c" }, 6, { prompt_transition: 100 });
    expect(weights(plans, "b")).toEqual([0, 0, 1 / 3, 2 / 3, 1, 0]);
    expect(weights(plans, "c")).toEqual([0, 0, 0, 0, 0, 1]);
  });

  it("between equal prompts needs no second embedding", () => {
    for (const { prompts } of plan({ 0: "a", 2: "a --neg x" }, 5, { prompt_transition: 3 })) {
      expect(prompts).toEqual([{ text: "a", weight: 1 }]);
    }
  });

  it("gives shares that sum to 1 on every frame, whatever the keys", () => {
    const keys = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        keys,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 30 }),
        (frames, length, transition) => {
          const prompts = Object.fromEntries(frames.map((frame) => [frame, `prompt ${frame}`]));
          const plans = plan(prompts, length, { prompt_transition: transition });
          expect(plans).toHaveLength(length);
          for (const { prompts: blend } of plans) {
            expect(blend.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
            expect(blend.every(({ weight }) => weight > 0)).toBe(true);
          }
        },
      ),
    );
  });
});

it("names the key whose text cannot be read", () => {
  expect(() => plan({ 0: "a", 30: "b `1+(`" }, 60)).toThrow(
    expect.objectContaining({ key: "30", offset: 6 }),
  );
});
