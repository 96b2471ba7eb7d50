/** Boxes of a detector in pixels of the frame, whatever the detector says. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { keptAreas } from "./kept-areas.ts";

const FRAME = { width: 640, height: 360 };
const FACE = { left: 0.25, top: 0.5, width: 0.125, height: 0.25, confidence: 0.9 };

it("are scaled from the judged picture to the frame, largest first", () => {
  const small = { ...FACE, left: 0.75, width: 0.0625 };
  expect(keptAreas([small, FACE], FRAME)).toEqual([
    { left: 160, top: 180, width: 80, height: 90 },
    { left: 480, top: 180, width: 40, height: 90 },
  ]);
});

it("are cut off at the edges of the frame, and left out beyond", () => {
  expect(keptAreas([{ ...FACE, left: -0.0625, top: 0.875 }], FRAME)).toEqual([
    { left: 0, top: 315, width: 40, height: 45 },
  ]);
  for (const outside of [{ left: 1 }, { left: -0.5 }, { top: 1.25 }, { top: -0.25 }]) {
    expect(keptAreas([{ ...FACE, ...outside }], FRAME)).toEqual([]);
  }
});

it("are whole pixels inside of the frame for any numbers", () => {
  const box = fc.record({
    left: fc.double(),
    top: fc.double(),
    width: fc.double(),
    height: fc.double(),
    confidence: fc.double(),
  });
  fc.assert(
    fc.property(fc.array(box, { maxLength: 80 }), (boxes) => {
      const areas = keptAreas(boxes, FRAME);
      expect(areas.length).toBeLessThanOrEqual(64);
      for (const { left, top, width, height } of areas) {
        expect([left, top, width, height].every(Number.isInteger)).toBe(true);
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
        expect(Math.min(width, height)).toBeGreaterThan(0);
        expect(left + width).toBeLessThanOrEqual(640);
        expect(top + height).toBeLessThanOrEqual(360);
      }
    }),
  );
});
