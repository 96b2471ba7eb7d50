import { describe, expect, it } from "vitest";
import { SettingsError } from "../errors.ts";
import { planCsv } from "../schedule/plan-table.ts";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "./load.ts";
import { readSetFlag } from "./overrides.ts";
import { itemSettings, scheduledSettingsOf } from "./setting-list.ts";

function load(text: string, ...flags: string[]) {
  return loadSettings(
    { file: "a.yaml", text: `prompts: x\nframes: 4\nseed: 1\n${text}` },
    flags.map(readSetFlag),
  );
}

/** The mistakes as the command prints them. */
function problemsOf(text: string, ...flags: string[]): string[] {
  try {
    load(text, ...flags);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ location, path, message }) => `${location} ${path}: ${message}`);
  }
  return [];
}

const TWO = `controlnet:
  - { model: edges, input: dance.mp4, preprocessor: canny, weight: "0:(1), 3:(0.4)", end: 0.8 }
  - model: depth.safetensors
    weight: { 0: 0, 2: 0.5 }
`;

describe("the list of ControlNets", () => {
  it("is empty by default, and leaves the plan as it was without the setting", () => {
    const { settings } = load("");
    expect(settings.controlnet).toEqual([]);
    expect(planFrames(settings)[0]).not.toHaveProperty("controlnet");
  });

  it("fills in defaults for each item", () => {
    expect(load(TWO).settings.controlnet).toMatchObject([
      { model: "edges", input: "dance.mp4", preprocessor: "canny", start: 0, end: 0.8, low_threshold: 100 },
      { model: "depth.safetensors", input: "previous", preprocessor: "none", end: 1, blur: 0 },
    ]);
  });

  it("plans every number of every item at every frame", () => {
    const plan = planFrames(load(TWO).settings);
    const weights = (item: number) => plan.map(({ controlnet }) => controlnet![item]!.weight.toFixed(9));
    expect(weights(0).map(Number)).toEqual([1, 0.8, 0.6, 0.4]);
    expect(weights(1).map(Number)).toEqual([0, 0.25, 0.5, 0.5]);
    expect(plan[2]!.controlnet![0]).toMatchObject({ start: 0, end: 0.8, high_threshold: 200, downsample: 4 });
  });

  it("has a column per number and item in the table of the plan", () => {
    const [header = "", first = ""] = planCsv(planFrames(load(TWO).settings)).split("\n");
    const names = header.split(",");
    const scheduled = itemSettings.filter(
      ({ kind, path }) => path.startsWith("controlnet.") && kind === "schedule",
    );
    for (const index of [0, 1]) {
      for (const { path } of scheduled) expect(names).toContain(path.replace("*", String(index)));
    }
    expect(first.split(",")[names.indexOf("controlnet.0.end")]).toBe("0.8");
    expect(scheduledSettingsOf(load("").settings)).not.toContainEqual(
      expect.objectContaining({ path: expect.stringMatching(/^controlnet/) }),
    );
  });

  it("takes flags for one number of one item, and for the whole list", () => {
    expect(load(TWO, "controlnet.1.weight=0.9").settings.controlnet[1]!.weight).toBe(0.9);
    expect(load(TWO).settings.controlnet[1]!.weight).toEqual({ 0: 0, 2: 0.5 });
    expect(load("", "controlnet=[{model: edges}]").settings.controlnet[0]!.model).toBe("edges");
  });

  it.each([
    [
      "no list",
      "controlnet: 5",
      "a.yaml:4:13 controlnet: expected a list of at most 8 ControlNets, each with its model, found 5",
    ],
    [
      "an item that is no mapping",
      "controlnet: [edges]",
      'a.yaml:4:14 controlnet.0: expected a mapping of settings, found text "edges"',
    ],
    [
      "an item without a model",
      "controlnet:\n  - weight: 1",
      "controlnet.0.model: expected the name or path of a ControlNet, found nothing",
    ],
    [
      "an unknown key",
      "controlnet:\n  - model: a\n    wieght: 1",
      'a.yaml:6:5 controlnet.0.wieght: expected the name of a setting, found "wieght"',
    ],
    [
      "an unknown preprocessor",
      "controlnet:\n  - { model: a, preprocessor: hed }",
      "a.yaml:5:31 controlnet.0.preprocessor: expected one of none, canny, flow_edges, luminance, tile, depth, or the path of an .onnx file",
    ],
    [
      "edges of the movement of the frame before, which is one picture",
      "controlnet:\n  - { model: a, preprocessor: flow_edges }",
      "a.yaml:5:31 controlnet.0.preprocessor: expected a video or a folder of pictures as input for flow_edges, found previous",
    ],
    [
      "a value out of range at some frame",
      'controlnet:\n  - model: a\n  - model: b\n    weight: "0:(1), 3:(4)"',
      "a.yaml:7:13 controlnet.1.weight: expected values from 0 to 2 (factor), found 3 at frame 2",
    ],
    ["a schedule that cannot be read", "controlnet:\n  - model: a\n    start: 0:(1", "a.yaml:6:"],
    [
      "too many",
      `controlnet: [${Array(9).fill("{model: a}").join(", ")}]`,
      "a.yaml:4:13 controlnet: expected a list of at most 8",
    ],
  ])("refuses %s with its place", (_, text, expected) => {
    expect(problemsOf(text)[0]).toContain(expected);
    expect(problemsOf(text)).toHaveLength(1);
  });

  it("names all mistakes of several items, each at its own", () => {
    const text = "controlnet:\n  - 5\n  - { model: a, end: 2 }\n  - { model: '' }\n";
    expect(problemsOf(text).map((problem) => problem.split(" ")[1])).toEqual([
      "controlnet.0:",
      "controlnet.1.end:",
      "controlnet.2.model:",
    ]);
  });

  it("says so when a flag names an item that is not there", () => {
    expect(problemsOf(TWO, "controlnet.7.weight=1")[0]).toContain(
      "expected controlnet to be a mapping in the file",
    );
  });
});
