import { expect, it } from "vitest";
import { inRenderOrder } from "../schedule/render-order.ts";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "../settings/load.ts";
import { colorPhase } from "./color-phase.ts";
import { sinceDrawn } from "./since-drawn.ts";

function drawnOf(text: string) {
  const { settings } = loadSettings({ file: "a.yaml", text: `seed: 1\n${text}` });
  const plan = inRenderOrder(planFrames(settings), settings);
  const since = sinceDrawn(plan);
  return plan
    .filter(({ diffuse }) => diffuse)
    .map((frame) => ({ frame, since: since(frame), first: plan[0]!.promptKey }));
}

it.each([
  ["cadence: 3", [1, 3, 3, 3]],
  ["cadence: 4\nreverse: true", [1, 4, 4]],
  ["cadence: 5\nkeyframe_distribution: additive", [1, 5, 2, 3]],
])("counts from one drawn frame to the next: %s", (text, distances) => {
  expect(drawnOf(`prompts: { 0: a, 7: b }\nframes: 12\n${text}`).map(({ since }) => since)).toEqual(
    distances,
  );
});

it.each([
  "cadence: 1",
  "cadence: 5",
  "cadence: 7\nreverse: true",
  "cadence: 7\nkeyframe_distribution: redistributed",
])("leaves each scene one drawn frame at which its colors are taken: %s", (text) => {
  const drawn = drawnOf(`prompts: { 0: a, 33: b, 91: c }\nframes: 150\n${text}`);
  const taken = drawn.filter(
    ({ frame, since, first }) => colorPhase(frame, first, "prompt", since) === "take",
  );
  expect(taken.map(({ frame }) => frame.promptKey)).toEqual([
    ...new Set(taken.map(({ frame }) => frame.promptKey)),
  ]);
  expect(taken).toHaveLength(2);
});
