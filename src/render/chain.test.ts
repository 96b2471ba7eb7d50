import { expect, it } from "vitest";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "../settings/load.ts";
import { chainHashes } from "./chain.ts";

function planOf(text: string) {
  const { settings } = loadSettings({ file: "a.yaml", text: `prompts: x\nframes: 4\nseed: 1\n${text}` });
  return planFrames(settings);
}

it("keeps the hashes of runs from before ControlNets", () => {
  expect(chainHashes({ model: "m" }, planOf("")).map((hash) => hash.slice(0, 8))).toEqual([
    "9f308846",
    "fa2a9b31",
    "09a5a84b",
    "dcc83422",
  ]);
});

it("changes from the frame on whose input picture changed", () => {
  const plan = planOf("controlnet: [{ model: a, input: dance }]");
  const inputs = [["p0"], ["p1"], ["p2"], [null]];
  const before = chainHashes({}, plan, inputs);
  const after = chainHashes({}, plan, inputs.with(2, ["other"]));
  expect(after.map((hash, i) => hash === before[i])).toEqual([true, true, false, false]);
});

it("changes with a number of a ControlNet at one frame", () => {
  const [one, two] = ["1", '"0:(1), 3:(0.5)"'].map((weight) =>
    chainHashes({}, planOf(`controlnet: [{ model: a, weight: ${weight} }]`)),
  );
  expect(one!.map((hash, i) => hash === two![i])).toEqual([true, false, false, false]);
});
