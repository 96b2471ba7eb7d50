// Values computed with deforum-art/sd-webui-deforum 32242685.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadSettings } from "../settings/load.ts";
import { planFrames } from "./plan.ts";

interface Golden {
  readonly key_frames: readonly number[];
  readonly tweening_frames: number;
  readonly blendFactorMax: number;
  readonly blendFactorSlope: number;
  readonly frames: readonly {
    readonly frame: number;
    readonly image_index: number;
    readonly blend: number;
  }[];
}

const goldens: readonly Golden[] = JSON.parse(
  readFileSync("test/fixtures/deforum/loop/guided_images.json", "utf8"),
);

function planOf(text: string) {
  return planFrames(loadSettings({ file: "a.yaml", text: `prompts: x\nseed: 7\n${text}` }).settings);
}

describe("pictures that lead", () => {
  it.each(goldens)("lead as in Deforum with keys at $key_frames", (golden) => {
    const images = golden.key_frames.map((frame) => `${frame}: p${frame}.png`).join(", ");
    const plan = planOf(
      [
        `frames: ${golden.frames.length}`,
        "guided:",
        `  images: { ${images} }`,
        `  tweening_frames: ${golden.tweening_frames}`,
        `  blend_factor_max: ${golden.blendFactorMax}`,
        `  blend_factor_slope: ${golden.blendFactorSlope}`,
      ].join("\n"),
    );
    expect(golden.frames.length).toBeGreaterThan(50);
    for (const { frame, image_index, blend } of golden.frames) {
      expect(plan[frame]!.guided!.picture, String(frame)).toBe(image_index);
      expect(plan[frame]!.guided!.blend, String(frame)).toBeCloseTo(blend, 12);
    }
  });

  it("are not in the plan of an animation without", () => {
    expect(planOf("frames: 2")[1]).not.toHaveProperty("guided");
  });

  it("may be one for all, and may begin late", () => {
    expect(planOf("frames: 3\nguided: { images: a.png }")[2]!.guided!.picture).toBe(0);
    const late = planOf("frames: 30\nguided: { images: { 5: a.png, 25: b.png } }");
    expect(late.map(({ guided }) => guided!.picture)).toEqual([
      ...Array<number>(25).fill(0),
      ...Array<number>(5).fill(1),
    ]);
  });

  it("stay with their frames in a render backward, and swing from where each is come to", () => {
    const text = "frames: 60\nguided: { images: { 0: a.png, 40: b.png, 80: c.png }, tweening_frames: 10 }";
    const forward = planOf(text).map(({ guided }) => guided!);
    const backward = planOf(`${text}\nreverse: true`).map(({ guided }) => guided!);
    expect(backward.map(({ picture }) => picture)).toEqual(forward.map(({ picture }) => picture));
    const swings = (frame: number) => backward[frame]!.blend !== 0.07;
    expect([59, 50, 48, 41, 39, 30, 28, 20].map(swings)).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
      false,
      false,
    ]);
    expect(backward[59]!.blend).toBeCloseTo(forward[0]!.blend, 12);
  });

  it("are what frame 0 is drawn over", () => {
    expect(planOf("frames: 2\nguided: { images: a.png }")[0]!.strength).toBe(0.8);
  });

  it("under a key that cannot be read are refused with its place", () => {
    expect(() => planOf("guided: { images: { 0: a.png, x: b.png } }")).toThrow(/guided.images.x/);
  });
});
