import { describe, expect, it } from "vitest";
import { SettingsError } from "../errors.ts";
import { lintSettings } from "../schedule/lint.ts";
import { planCsv, planJson, planText } from "../schedule/plan-table.ts";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "./load.ts";
import { readSetFlag } from "./overrides.ts";

function load(text: string, ...flags: string[]) {
  const start = text.includes("prompts:") ? "" : "prompts: x\n";
  return loadSettings(
    { file: "a.yaml", text: `${start}frames: 4\nseed: 1\n${text}` },
    flags.map(readSetFlag),
  );
}

function plan(text: string, ...flags: string[]) {
  return planFrames(load(text, ...flags).settings);
}

/** Weight in the UNet and in the text encoder, per frame. */
function weightsOf(name: string, text: string): number[][] {
  return plan(text).map(({ loras = [] }) => {
    const { weight, text_weight } = loras.find((lora) => lora.name === name)!;
    return [Number(weight.toFixed(9)), Number(text_weight.toFixed(9))];
  });
}

/** The mistakes as the command prints them, hints left out. */
function problemsOf(text: string): string[] {
  try {
    load(text);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ location, path, message }) => `${location} ${path}: ${message}`);
  }
  return [];
}

describe("the list of LoRAs", () => {
  it("is empty by default, and leaves the plan as it was without the setting", () => {
    expect(load("").settings).toMatchObject({ loras: [], embeddings: [] });
    expect(plan("")[0]).not.toHaveProperty("loras");
    expect(planCsv(plan(""))).not.toContain("lora");
  });

  it("plans each weight at every frame", () => {
    const list = `loras:
  - { name: comic, weight: "0:(0), 3:(0.9)" }
  - { name: ./styles/ink.v2.safetensors, weight: { 0: -1, 2: 1 } }
  - name: plain
`;
    expect(weightsOf("comic", list)).toEqual([0, 0.3, 0.6, 0.9].map((weight) => [weight, weight]));
    expect(weightsOf("ink.v2", list)).toEqual([-1, 0, 1, 1].map((weight) => [weight, weight]));
    expect(weightsOf("plain", list)).toEqual([1, 1, 1, 1].map((weight) => [weight, weight]));
  });

  it("has a column per LoRA in the tables of the plan", () => {
    const frames = plan('loras:\n  - { name: comic, weight: "0:(0), 3:(0.9)" }\n  - { name: "a,\\"b" }');
    const [header = "", , second = ""] = planCsv(frames).split("\n");
    expect(header).toMatch(/,loras\.comic,"loras\.a,""b",seed$/);
    expect(second).toMatch(/,0\.3\d*,1,2$/);
    expect(JSON.parse(planJson(frames))[3]).toMatchObject({ "loras.comic": 0.9, 'loras.a,"b': 1 });
    expect(planText(frames)).toContain("loras.comic");
  });

  it("can be set from the command line", () => {
    const frames = plan("loras: [{ name: comic }]", "loras.0.weight=0.5");
    expect(frames[0]!.loras).toEqual([{ name: "comic", weight: 0.5, text_weight: 0.5 }]);
    expect(plan("", "loras=[{ name: comic, weight: 0.25 }]")[0]!.loras![0]!.weight).toBe(0.25);
  });

  it("is looked at by the linter like every other schedule", () => {
    const loaded = load('loras: [{ name: comic, weight: "0:(0), 9:(1)" }]');
    expect(lintSettings(loaded).find(({ path }) => path === "loras.0.weight")).toMatchObject({
      location: expect.stringContaining("a.yaml:4:"),
    });
  });
});

describe("the tags of prompts", () => {
  it("are taken out of the text, and count from their prompt on", () => {
    const text = "prompts: { 0: a hero <lora:comic:0.8>, 2: '<lora:ink>a city' }\n";
    expect(weightsOf("comic", text)).toEqual([0.8, 0.8, 0, 0].map((weight) => [weight, weight]));
    expect(weightsOf("ink", text)).toEqual([0, 0, 1, 1].map((weight) => [weight, weight]));
    expect(plan(text).map(({ prompts }) => prompts[0]!.text)).toEqual([
      "a hero",
      "a hero",
      "a city",
      "a city",
    ]);
  });

  it("are added to the weight of the settings, and to each other", () => {
    const text = `loras: [{ name: loras/comic.safetensors, weight: 0.3 }]
prompts: "a <lora:comic:0.5> <lora:comic:-0.1>"
`;
    expect(weightsOf("comic", text)).toEqual([0.7, 0.7, 0.7, 0.7].map((weight) => [weight, weight]));
  });

  it("blend while one prompt changes into the next", () => {
    const text =
      "prompt_transition: 1\nprompts: { 0: '<lora:comic:1> x', 2: '<lora:comic:0.5> <lora:ink:0.2> y' }\n";
    expect(weightsOf("comic", text).map(([weight]) => weight)).toEqual([1, 1, 0.75, 0.5]);
    expect(weightsOf("ink", text).map(([weight]) => weight)).toEqual([0, 0, 0.1, 0.2]);
  });

  it("may hold formulas", () => {
    expect(weightsOf("comic", 'prompts: "<lora:comic:`t/4`> x"\n').map(([weight]) => weight)).toEqual([
      0, 0.25, 0.5, 0.75,
    ]);
  });

  it.each([
    ["<lora:a>", 1, 1],
    ["<lora:a:0.8>", 0.8, 0.8],
    ["<lora:a:0.8:0.6>", 0.6, 0.8],
    ["<lora:a:te=0.5:unet=0.7>", 0.7, 0.5],
    ["<lora:a:0.8:unet=0.7>", 0.7, 0.8],
    ["<lora:a:te=0.4>", 0.4, 0.4],
    ["<lyco:a:.5>", 0.5, 0.5],
  ])("%s weighs the UNet %d and the text encoder %d", (tag, weight, textWeight) => {
    expect(weightsOf("a", `prompts: "x ${tag}"\n`)[0]).toEqual([weight, textWeight]);
  });
});

describe("mistakes about LoRAs", () => {
  it.each([
    ["loras: [{ weight: 1 }]", "a.yaml:4:1 loras.0.name: expected a name or path, found nothing"],
    ["loras: comic", "a.yaml:4:8 loras: expected a list of LoRAs, each a mapping with name and weight"],
    ["loras: [{ name: a, weigth: 1 }]", "loras.0.weigth: expected the name of a setting"],
    ["loras: [{ name: a, weight: 11 }]", "loras.0.weight: expected values from -10 to 10 (factor), found 11"],
    ['loras: [{ name: a, weight: "0:(" }]', "loras.0.weight: "],
    [
      "loras: [{ name: a }, { name: ./x/A.safetensors }]",
      "loras.1.name: expected another name than that of an item above, found a again",
    ],
    ["embeddings: [{ word: x }]", "embeddings.0.name: expected a name or path, found nothing"],
    ["embeddings: [{ name: a, word: x }, { name: b, word: X }]", "embeddings.1.name: expected another name"],
    [
      "prompts: 'a <lora:b:much>'",
      "a.yaml:3:1 prompts: expected a weight from -10 to 10, found `much` in `<lora:b:much>`",
    ],
    ["prompts: 'a <lora:b:12>'", "expected a weight from -10 to 10"],
    ["prompts: 'a <lora:b:1:1:1>'", "expected a name, and weights for text encoder and UNet at most"],
    ["prompts: 'a <lora:b:1:lbw=IN02>'", "`lbw` in `<lora:b:1:lbw=IN02>`"],
    ["prompts: 'a <lora::1>'", "expected a name"],
    ["prompts: 'a <hypernet:b:1>'", "expected a tag such as <lora:name:0.8>"],
    ["prompts: 'a --neg <lora:b:1>'", "found the tag `<lora:b:1>` in a negative prompt"],
    ["negative_prompt: '<lora:b:1>'", "a.yaml:4:18 negative_prompt: found the tag"],
  ])("in %s are named with their place", (text, problem) => {
    expect(problemsOf(text).join("\n")).toContain(problem);
  });
});
