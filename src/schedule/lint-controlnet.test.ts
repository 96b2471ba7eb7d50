import { expect, it } from "vitest";
import { loadSettings } from "../settings/load.ts";
import { lintSettings } from "./lint.ts";

/** Warnings about the ControlNet with these settings, as `location path: message`. */
function warningsOf(unit: string): string[] {
  const text = `prompts: x\nframes: 4\nnoise: { amount: 0.03 }\ncontrolnet:\n  - ${unit}\n`;
  return lintSettings(loadSettings({ file: "a.yaml", text }))
    .filter(({ path }) => path.startsWith("controlnet"))
    .map(({ location, path, message }) => `${location} ${path}: ${message}`);
}

it("says nothing about a ControlNet that acts", () => {
  expect(warningsOf("{ model: a, preprocessor: canny, low_threshold: 50, end: 0.8 }")).toEqual([]);
  expect(warningsOf("{ model: a, input: a.mp4, preprocessor: flow_edges, low_threshold: 50 }")).toEqual([]);
  expect(warningsOf('{ model: a, weight: "0:(0), 3:(1)", preprocessor: tile, downsample: 8 }')).toEqual([]);
});

it.each([
  ["{ model: a, weight: 0 }", "a.yaml:5:25 controlnet.0.weight: is 0 on every frame"],
  ["{ model: a, start: 0.5, end: 0.5 }", "a.yaml:5:24 controlnet.0.start: is never below end"],
  [
    "{ model: a, blur: 2 }",
    "a.yaml:5:23 controlnet.0.blur: has no effect: it is read only with preprocessor: canny or flow_edges",
  ],
  [
    "{ model: a, preprocessor: canny, downsample: 2 }",
    "a.yaml:5:50 controlnet.0.downsample: has no effect: it is read only with preprocessor: tile",
  ],
])("warns about %s", (unit, warning) => {
  expect(warningsOf(unit)).toEqual([expect.stringContaining(warning)]);
});
