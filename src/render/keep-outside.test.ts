import { describe, expect, it } from "vitest";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { type ByteImage, type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import { keepBlack, keepOutside, type MaskRules, mixByMask, putStartBack } from "./keep-outside.ts";

const image = (...levels: number[]): RgbImage => ({
  width: levels.length,
  height: 1,
  data: Float32Array.from(levels.flatMap((level) => [level, level, level])),
});
const mask = { width: 3, height: 1, data: Float32Array.of(0, 0.5, 1) };
const levels = ({ data }: RgbImage | ByteImage): number[] => [...data].filter((_, i) => i % 3 === 0);

const bytes = (picture: RgbImage): number[] => levels(toByteImage(picture));

it("mixes two pictures by the mask", () => {
  expect(levels(mixByMask(image(0, 0, 0), image(1, 1, 1), mask))).toEqual([0, 0.5, 1]);
});

it("puts back only what the mask keeps whole", () => {
  expect(levels(keepBlack(image(0, 0, 0), image(0.25, 0.75, 1), mask))).toEqual([0, 0.75, 1]);
});

describe("what is kept outside a mask", () => {
  const frame = {} as FramePlan;
  const maskAt: MaskRules["maskAt"] = async () => mask;
  const hard = { ...mask, data: Float32Array.of(0, 0, 1) };
  const moved = image(0.2, 0.2, 0.2);
  const start = toByteImage(image(0.6, 0.6, 0.6));
  const [before, still] = [51, 153];

  /** What the model draws over, and the frame when it paints white. */
  async function keep(rules: MaskRules, ...[own, first]: [RgbImage | null, ByteImage | null]) {
    const kept = await keepOutside(rules, frame, own, first);
    if (kept === null) return null;
    return { begin: bytes(kept.begin(image(0, 0, 0))), finish: bytes(kept.finish(image(1, 1, 1))) };
  }

  it("is the frame before, or the start picture on the first frame", async () => {
    const rules: MaskRules = { maskAt, outside: "moved" };
    expect(await keep(rules, moved, start)).toEqual({ begin: [before, 26, 0], finish: [before, 255, 255] });
    expect(await keep(rules, null, start)).toEqual({ begin: [still, 77, 0], finish: [still, 255, 255] });
    expect(await keep(rules, null, null)).toBeNull();
  });

  it("is the start picture on all frames when that shall stand still, if there is one", async () => {
    const rules: MaskRules = { maskAt, outside: "start" };
    expect(await keep(rules, moved, start)).toEqual({ begin: [still, 77, 0], finish: [still, 255, 255] });
    expect(await keep(rules, moved, null)).toEqual({ begin: [before, 26, 0], finish: [before, 255, 255] });
  });

  it("is put back by the hard mask in Deforum's way, after all is drawn", async () => {
    const rules: MaskRules = { maskAt, outside: "start", overlayAt: async () => hard };
    expect(await keep(rules, moved, start)).toEqual({ begin: [0, 0, 0], finish: [still, still, 255] });
  });

  it("stands still between two drawn frames, too", async () => {
    const picture = toByteImage(toFloatImage({ ...start, data: new Uint8Array(9).fill(255) }));
    const shown = async (rules: MaskRules, first = start as ByteImage | null) =>
      levels(await putStartBack(rules, frame, picture, first));
    expect(await shown({ maskAt, outside: "start" })).toEqual([still, 204, 255]);
    expect(await shown({ maskAt, outside: "start", overlayAt: async () => hard })).toEqual([
      still,
      still,
      255,
    ]);
    expect(await shown({ maskAt, outside: "moved" })).toEqual([255, 255, 255]);
    expect(await shown({ maskAt, outside: "start" }, null)).toEqual([255, 255, 255]);
  });
});
