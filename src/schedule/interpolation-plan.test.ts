// Prompts computed with deforum-art/sd-webui-deforum 32242685.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ScheduleError } from "../errors.ts";
import { planInterpolation } from "./interpolation-plan.ts";

interface Golden {
  readonly prompts: Readonly<Record<string, string>>;
  readonly max_frames: number;
  readonly per_frame: { readonly result?: readonly string[]; readonly error?: string };
}

const goldens: readonly Golden[] = JSON.parse(
  readFileSync("test/fixtures/deforum/prompts/interpolation_mode.json", "utf8"),
);

function plan(prompts: Readonly<Record<string, string>>, frames: number, deforum_exact = false) {
  return planInterpolation(
    { prompts, positive_prompt: "", negative_prompt: "", deforum_exact },
    { frames, seed: 0, fps: 10 },
  );
}

/** What stands before `--neg`, and what stands behind it. */
function splitNegative(prompt: string): [positive: string, negative: string] {
  const [positive, ...negatives] = prompt.split("--neg");
  return [positive!, negatives.join("")];
}

/** The texts with single spaces, which the model sees no difference in, and the words that the web UI reads in a negative prompt. */
function normal(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/\( /g, "(").replaceAll(/ \)/g, ")").trim();
}

describe("the prompts of mode interpolation", () => {
  it.each(
    goldens
      .filter(({ per_frame }) => per_frame.result)
      .map((golden) => [JSON.stringify(golden.prompts), golden] as const),
  )("are Deforum's for %s", (_, { prompts, max_frames, per_frame }) => {
    const planned = plan(prompts, max_frames, true);
    expect(planned).toHaveLength(max_frames);
    for (const [frame, found] of planned.entries()) {
      const [positive, negative] = splitNegative(per_frame.result![frame]!);
      expect(found.prompts).toHaveLength(1);
      expect(normal(found.prompts[0]!.text)).toBe(normal(positive));
      expect(normal(found.negativePrompt.replaceAll("\\:", ":"))).toBe(
        normal(negative.replaceAll(" AND ", " and ")),
      );
    }
  });

  it("refuse the key that Deforum refuses", () => {
    const refused = goldens.filter(({ per_frame }) => per_frame.error);
    expect(refused).toHaveLength(1);
    expect(() => plan(refused[0]!.prompts, refused[0]!.max_frames, true)).toThrow(ScheduleError);
  });

  it("blend as the model reads them, unless it shall be exact", () => {
    const planned = plan({ 0: "a cat", 4: "a dog --neg fur" }, 6);
    expect(planned[1]!.prompts).toEqual([
      { text: "a cat", weight: 0.75 },
      { text: "a dog", weight: 0.25 },
    ]);
    expect(planned.map(({ negativePrompt }) => negativePrompt)).toEqual(["", "", "", "", "fur", "fur"]);
    expect(planned[4]!.prompts).toEqual([{ text: "a dog", weight: 1 }]);
    expect(planned[5]!.prompts).toEqual(planned[4]!.prompts);
  });

  it("go on towards a key behind the last frame", () => {
    expect(plan({ 0: "a", 10: "b" }, 3)[2]!.prompts[1]).toEqual({ text: "b", weight: 0.2 });
  });

  it("blend the weights of LoRAs along", () => {
    const planned = plan({ 0: "a", 4: "b <lora:ink:0.8>" }, 5);
    expect(planned.map(({ loras }) => loras[0]?.weight ?? 0)).toEqual([0, 0.2, 0.4, 0.6000000000000001, 0.8]);
  });

  it("tell the key of a prompt that cannot be read", () => {
    try {
      plan({ 0: "a", 20: "b `(`" }, 10);
      expect.unreachable("the formula has no end");
    } catch (error) {
      expect(error).toBeInstanceOf(ScheduleError);
      expect((error as ScheduleError).key).toBe("20");
    }
  });
});
