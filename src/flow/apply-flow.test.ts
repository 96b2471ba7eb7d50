import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  levelDifference,
  readGolden,
  readGoldenFloats,
  readGoldenImage,
  readGoldenPicture,
} from "../../test/support/deforum-fixtures.ts";
import { toByteImage } from "../tensor/image.ts";
import { applyFlow } from "./apply-flow.ts";

const applied = readGolden<{ cases: { op: string; factor: number; output: string }[] }>(
  "flow/flow.json",
).cases.filter(({ op }) => op === "apply");

describe("applying a flow", () => {
  // Max 4 levels, mean 0.15: Deforum's OpenCV looks up positions in steps of 1/32 pixel.
  it.each(applied)("moves the picture $factor times as far as it says", async ({ factor, output }) => {
    const moved = applyFlow(
      await readGoldenImage("flow/input.png"),
      readGoldenFloats("flow/flow_64x64x2_f32le.bin"),
      factor,
    );
    const difference = levelDifference(toByteImage(moved), await readGoldenPicture(`flow/${output}`));
    expect(difference.max).toBeLessThanOrEqual(4);
    expect(difference.mean).toBeLessThanOrEqual(0.15);
  });

  it("has six goldens", () => expect(applied).toHaveLength(6));

  it("moves right and down, shows the mirror image at the edge it leaves, and black far outside", () => {
    const picture = {
      width: 8,
      height: 1,
      data: Float32Array.from({ length: 24 }, (_, i) => (1 + Math.floor(i / 3)) / 10),
    };
    const shift = (right: number): number[] =>
      [
        ...applyFlow(
          picture,
          Float32Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? right : 0)),
        ).data,
      ]
        .filter((_, i) => i % 3 === 0)
        .map((value) => Math.round(value * 1000) / 100);
    expect(shift(1)).toEqual([2, 1, 2, 3, 4, 5, 6, 7]);
    expect(shift(-0.5)).toEqual([1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 7.5]);
    expect(shift(4)).toEqual([0, 0, 3, 2, 1, 2, 3, 4]);
    expect(shift(2.5)).toEqual([1.5, 2.5, 1.5, 1.5, 2.5, 3.5, 4.5, 5.5]);
  });

  it("never leaves the range of the picture, whatever the flow", () => {
    const picture = { width: 5, height: 4, data: Float32Array.from({ length: 60 }, (_, i) => (i % 7) / 7) };
    fc.assert(
      fc.property(
        fc.float32Array({ minLength: 40, maxLength: 40 }),
        fc.double({ noNaN: true }),
        (flow, factor) => {
          const { data } = applyFlow(picture, flow, factor);
          expect(data.every((value) => value >= 0 && value <= 1)).toBe(true);
        },
      ),
    );
  });

  it("refuses a flow of another size", () => {
    const picture = { width: 2, height: 2, data: new Float32Array(12) };
    expect(() => applyFlow(picture, new Float32Array(6))).toThrow(RangeError);
  });
});
