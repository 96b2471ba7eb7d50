import { expect, it } from "vitest";
import { loadSettings } from "../settings/load.ts";
import { lintWords, unknownWords } from "./lint-words.ts";

const VOCABULARY = new Set(["a", "superhero", "with", "red", "cape", "over", "city", "at", "night"]);

it("finds the words a model was never taught, each once", () => {
  expect(unknownWords("A (Superhero:1.2) over Tokyo, tokyo at night", VOCABULARY)).toEqual(["tokyo"]);
});

it("takes formulas, numbers and marks as no words", () => {
  expect(unknownWords("a [city] BREAK (night:`0.5+sin(t)`) --neg red, 3", VOCABULARY)).toEqual([]);
});

it("locates the warning at the prompt and suggests the nearest word", () => {
  const text = "prompts:\n  0: a superhero\n  30: a superhro over venice\n";
  const loaded = loadSettings({ file: "a.yaml", text });
  expect(lintWords(loaded, "storybook", VOCABULARY)).toEqual([
    {
      location: "a.yaml:3:7",
      path: "prompts.30",
      message: "has words that storybook was never taught: superhro, venice",
      hint: "did you mean superhero for superhro? `animate models check storybook` lists the words it knows",
    },
  ]);
});

it("looks at the texts that go with all prompts, too", () => {
  const text = "prompts: a city\npositive_prompt: ukiyo-e of\nnegative_prompt: blurry\n";
  const loaded = loadSettings({ file: "a.yaml", text });
  expect(lintWords(loaded, "storybook", VOCABULARY).map(({ path }) => path)).toEqual([
    "positive_prompt",
    "negative_prompt",
  ]);
});

it("looks at the prompts that the model draws, and no others", () => {
  const text =
    "frames: 30\nprompts: { 0: venice, 10: florence, 20: rome }\nmodel: { 0: storybook, 15: photo }\n";
  const loaded = loadSettings({ file: "a.yaml", text });
  const paths = (model: string) => lintWords(loaded, model, VOCABULARY).map(({ path }) => path);
  expect(paths("storybook")).toEqual(["prompts.0", "prompts.10"]);
  expect(paths("photo")).toEqual(["prompts.10", "prompts.20"]);
});

it("takes tags of LoRAs and words of embeddings as no words of the model", () => {
  const text = "prompts: a <lora:comic outlines:0.5> city with a <turquoise> cape, easynegative2 xyz\n";
  const loaded = loadSettings({ file: "a.yaml", text });
  const [warning] = lintWords(loaded, "storybook", VOCABULARY, ["EasyNegative2"]);
  expect(warning?.message).toBe("has a word that storybook was never taught: xyz");
});
