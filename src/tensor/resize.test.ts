import * as fc from "fast-check";
import { expect, it } from "vitest";
import { resizeRaster } from "./resize.ts";

function line(...values: number[]) {
  return { width: values.length, height: 1, channels: 1, data: Float32Array.from(values) };
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

it("averages areas on the way down, and points on a border in part", () => {
  expect([...resizeRaster(line(1, 3, 10, 20), 2, 1).data]).toEqual([2, 15]);
  expect([...resizeRaster(line(0, 90, 240), 2, 1).data]).toEqual([30, 190]);
});

it("draws straight lines on the way up and repeats the outermost points", () => {
  expect([...resizeRaster(line(0, 80), 8, 1).data]).toEqual([0, 0, 10, 30, 50, 70, 80, 80]);
  expect([...resizeRaster(line(7), 3, 2).data]).toEqual(Array(6).fill(7));
});

it("treats both axes and all channels alike", () => {
  const square = { width: 2, height: 2, channels: 2, data: Float32Array.of(0, 1, 4, 3, 8, 5, 12, 7) };
  expect([...resizeRaster(square, 1, 1).data]).toEqual([6, 4]);
  expect(resizeRaster(square, 2, 2).data).toEqual(square.data);
});

it("keeps the mean when the size shrinks, and the range always", () => {
  const side = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(
      side,
      side,
      side,
      side,
      fc.infiniteStream(fc.float({ min: 0, max: 1, noNaN: true })),
      (w, h, w2, h2, stream) => {
        const data = Float32Array.from({ length: w * h }, () => stream.next().value!);
        const resized = resizeRaster({ width: w, height: h, channels: 1, data }, w2, h2).data;
        expect(resized).toHaveLength(w2 * h2);
        expect(Math.min(...resized)).toBeGreaterThanOrEqual(Math.min(...data) - 1e-5);
        expect(Math.max(...resized)).toBeLessThanOrEqual(Math.max(...data) + 1e-5);
        if (w2 > w || h2 > h) return;
        expect(mean(resized)).toBeCloseTo(mean(data), 4);
      },
    ),
    { numRuns: 60 },
  );
});
