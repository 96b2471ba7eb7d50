import { describe, expect, it } from "vitest";
import { loadSettings } from "../settings/load.ts";
import { planFrames } from "../schedule/plan.ts";
import { maskInput } from "./mask-input.ts";
import { openMaskPictures } from "./mask-pictures.ts";
import { noiseMaskOf } from "./noise-mask.ts";
import { seeing, wordFinderPath, wordMasks } from "./word-masks.ts";

function settingsOf(changes: object) {
  const own = { prompts: "x", size: "64x64", seed: 1, frames: 4, ...changes };
  return loadSettings({ file: "a.yaml", text: JSON.stringify(own) }).settings;
}

const PIXELS = 64 * 64;
const picture = { width: 64, height: 64, data: new Float32Array(3 * PIXELS).fill(0.5) };

/** A finder that says so much in the upper half and so much in the lower. */
function finder(upper: number, lower: number) {
  const asked: string[] = [];
  const findWords = async (_: unknown, words: string): Promise<Float32Array> => {
    asked.push(words);
    return Float32Array.from({ length: PIXELS }, (_share, i) => (i < PIXELS / 2 ? upper : lower));
  };
  return { asked, find: wordMasks({ findWords }) };
}

describe("masks of words", () => {
  it("are white where the words are likelier than elsewhere", async () => {
    const mask = await finder(0.7, 0.4).find(picture)("a cat");
    expect([mask[0], mask.at(-1)]).toEqual([1, 0]);
  });

  it("are black where what is looked for is nowhere", async () => {
    const mask = await finder(0.09, 0.01).find(picture)("a cat");
    expect(mask.every((white) => white === 0)).toBe(true);
  });

  it("are parts of expressions like any other mask, and looked for once per frame", async () => {
    const settings = settingsOf({
      mask: { words_model: "clipseg.onnx", blur: 0, schedule: { 0: "!<a cat>", 2: "<a cat> | <sky>" } },
    });
    const plan = planFrames(settings);
    const input = maskInput(settings, await openMaskPictures(settings, "/", "/"))!;
    const { asked, find } = finder(0.9, 0.1);
    const maskAt = seeing(input.maskAt, find);
    const first = await maskAt(plan[0]!, picture);
    expect([first.data[0], first.data.at(-1)]).toEqual([0, 1]);
    expect(await maskAt(plan[0]!, picture)).toBe(first);
    expect(asked).toEqual(["a cat"]);
    await maskAt(plan[1]!, picture);
    expect(asked).toEqual(["a cat", "a cat"]);
    await maskAt(plan[2]!, picture);
    expect(asked.slice(2)).toEqual(["a cat", "sky"]);
  });

  it("tell where noise falls, too", async () => {
    const settings = settingsOf({ noise: { mask: "<sky>" }, mask: { words_model: "clipseg.onnx" } });
    const input = noiseMaskOf(settings, await openMaskPictures(settings, "/", "/"))!;
    const mask = await seeing(input.maskAt, finder(0.9, 0.1).find)(planFrames(settings)[1]!, picture);
    expect([mask[0], mask.at(-1)]).toEqual([1, 0]);
  });

  it("ask for their network only where there are words", () => {
    const mask = { words_model: "nets/clipseg.onnx" };
    expect(wordFinderPath(settingsOf({ mask }), "/films")).toBeNull();
    expect(wordFinderPath(settingsOf({ mask, noise: { mask: "<sky>" } }), "/films")).toBe(
      "/films/nets/clipseg.onnx",
    );
    expect(wordFinderPath(settingsOf({ mask: { ...mask, schedule: "<sky>" } }), "/films")).toBe(
      "/films/nets/clipseg.onnx",
    );
  });
});
