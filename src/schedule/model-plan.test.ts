import { describe, expect, it } from "vitest";
import { mistakesIn } from "../../test/support/settings-mistakes.ts";
import { loadSettings } from "../settings/load.ts";
import { planModels, writtenModels } from "./model-plan.ts";
import { planText } from "./plan-table.ts";
import { planFrames } from "./plan.ts";

function settingsOf(text: string) {
  return loadSettings({ file: "a.yaml", text: `prompts: x\nseed: 1\nframes: 6\nfps: 2\n${text}` }).settings;
}

function modelsOf(text: string): readonly (string | undefined)[] {
  return planFrames(settingsOf(text)).map(({ model }) => model);
}

describe("the model of each frame", () => {
  it.each([
    ["model: { 0: a, 3: b }", ["a", "a", "a", "b", "b", "b"]],
    ["model: { 2: a, 1.5s: b, max_f: a }", ["a", "a", "a", "b", "b", "a"]],
    [`model: '0: ("x/a.safetensors"), 4: ("b")'`, [...Array<string>(4).fill("x/a.safetensors"), "b", "b"]],
    ["model: { 0: a, 3: ./b }\nreverse: true", ["a", "a", "a", "./b", "./b", "./b"]],
  ])("%s", (text, models) => expect(modelsOf(text)).toEqual(models));

  it.each([
    "",
    "model: a",
    "model: { 0: a, 9: b }",
    "model: { 0: a, 3: a }",
    "model: C:\\models\\a.safetensors",
  ])("is not in the plan where one draws them all: %j", (text) =>
    expect(modelsOf(text)).toEqual(Array(6).fill(undefined)),
  );

  it("stands in the table where it changes", () => {
    expect(planText(planFrames(settingsOf("model: { 0: a, 3: b }")))).toContain("models\n  0: a\n  3: b\n");
    expect(planText(planFrames(settingsOf("model: a")))).not.toContain("models");
  });

  it("is told with its place in the setting, unused keys too", () => {
    expect(writtenModels({ 0: "a", 99: "b" })).toEqual([
      { name: "a", path: ["0"], character: undefined },
      { name: "b", path: ["99"], character: undefined },
    ]);
    expect(writtenModels('0: ("a"), 30: ("b")').map(({ name, character }) => [name, character])).toEqual([
      ["a", undefined],
      ["b", 10],
    ]);
    expect(writtenModels("a")).toEqual([{ name: "a", path: [], character: undefined }]);
    expect(planModels("a", { frames: 2, seed: 0, fps: 1 })).toEqual(["a", "a"]);
  });

  it.each([
    ["model: { 0: a, 3: '' }", "2:19 model.3: expected the name or path of a model, found empty text"],
    ["model: {}", "2:8 model: expected the name or path of a model, found a mapping"],
    ["model: { 0: a, 3q: b }", "2:16 model.3q: "],
    [`model: '0: ("a"), 3: (" ")'`, "2:19 model: expected the name or path of a model, found nothing"],
  ])("%s is refused at its place", (text, message) => {
    expect(mistakesIn(`prompts: x\n${text}`)).toContain(`a.yaml:${message}`);
  });
});
