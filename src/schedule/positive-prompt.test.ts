import { describe, expect, it } from "vitest";
import { mistakesIn } from "../../test/support/settings-mistakes.ts";
import { loadSettings } from "../settings/load.ts";
import { planFrames } from "./plan.ts";

function plan(text: string) {
  return planFrames(loadSettings({ file: "a.yaml", text: `seed: 1\nframes: 8\n${text}` }).settings);
}

describe("the positive prompt", () => {
  it("plans the same frames as the prompts with the text written into each of them", () => {
    const apart = plan(
      "positive_prompt: '(ink:1.2) <lora:lines:0.5>'\nprompts: { 0: a cat, 4: 'a dog <lora:fur:1> --neg fog' }\nprompt_transition: 2",
    );
    const written = plan(
      "prompts: { 0: '(ink:1.2) <lora:lines:0.5> a cat', 4: '(ink:1.2) <lora:lines:0.5> a dog <lora:fur:1> --neg fog' }\nprompt_transition: 2",
    );
    expect(apart).toEqual(written);
    expect(apart[0]!.prompts).toEqual([{ text: "(ink:1.2)  a cat", weight: 1 }]);
    expect(apart[5]!.prompts).toHaveLength(2);
    expect(apart[7]!.loras).toEqual([
      { name: "lines", weight: 0.5, text_weight: 0.5 },
      { name: "fur", weight: 1, text_weight: 1 },
    ]);
  });

  it("changes over time where it has formulas", () => {
    const texts = plan("positive_prompt: (storm:`t/10`)\nprompts: a ship").map(
      ({ prompts }) => prompts[0]!.text,
    );
    expect(texts.slice(0, 3)).toEqual(["(storm:0) a ship", "(storm:0.1) a ship", "(storm:0.2) a ship"]);
  });

  it("stands in both prompts of a blend from key to key", () => {
    const [, frame] = plan("mode: interpolation\npositive_prompt: ink\nprompts: { 0: a cat, 4: a dog }");
    expect(frame!.prompts.map(({ text }) => text)).toEqual(["ink a cat", "ink a dog"]);
  });

  it("alone is a prompt", () => {
    expect(plan('positive_prompt: ink\nprompts: ""')[0]!.prompts).toEqual([{ text: "ink", weight: 1 }]);
  });

  it.each([
    ["ink --neg gray", "2:22 positive_prompt: expected what pictures show, found --neg", "negative_prompt"],
    ["ink `sine(t)`", "2:23 positive_prompt: expected a known name, found `sine`", "did you mean sin?"],
    ["ink `1/(t-3)`", "2:23 positive_prompt: expected a number in the prompt", "frame 3"],
    ["<hypernet:ink:1>", "2:18 positive_prompt: expected a tag such as <lora:name:0.8>", "remove the tag"],
  ])("%s is refused at its place, once, and the prompts are read all the same", (text, message, more) => {
    const found = mistakesIn(`frames: 9\npositive_prompt: ${text}\nprompts: { 0: a cat, 5: b }`);
    expect(found).toContain(`a.yaml:${message}`);
    expect(found).toContain(more);
    expect(found.split("a.yaml:")).toHaveLength(2);
    const both = mistakesIn(`positive_prompt: ${text}\nprompts: { 0: "a \`x\`" }\nframes: 9`);
    expect(both.split("a.yaml:")).toHaveLength(3);
  });
});
