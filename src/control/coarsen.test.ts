import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { ByteImage } from "../tensor/image.ts";
import { coarsen } from "./coarsen.ts";

function gray(width: number, values: readonly number[]): ByteImage {
  const data = Uint8Array.from(values.flatMap((value) => [value, value, value]));
  return { width, height: values.length / width, data };
}

it("gives the picture back at factor 1", () => {
  const image = gray(3, [1, 2, 3, 4, 5, 6]);
  expect(coarsen(image, 1)).toBe(image);
});

it("takes the mean of each area and draws straight lines between their centers", () => {
  const found = coarsen(gray(8, [0, 0, 0, 0, 80, 80, 80, 80]), 4);
  expect([...found.data].filter((_, i) => i % 3 === 0)).toEqual([0, 0, 10, 30, 50, 70, 80, 80]);
});

it("counts a pixel on the border of two areas to both", () => {
  const found = coarsen(gray(3, [0, 90, 240]), 1.5);
  // Two areas: 0 and half of 90; half of 90 and 240. Their centers lie at 0.25 and 1.75 pixels.
  expect([...found.data].filter((_, i) => i % 3 === 0)).toEqual([30, 110, 190]);
});

it("keeps flat pictures, their size, and the range of values", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.double({ min: 1, max: 32, noNaN: true }),
      fc.uint8Array({ minLength: 81, maxLength: 81 }),
      (width, height, factor, bytes) => {
        const image = gray(width, [...bytes.subarray(0, width * height)]);
        const { data, ...size } = coarsen(image, factor);
        expect(size).toEqual({ width, height });
        expect(Math.min(...data)).toBeGreaterThanOrEqual(Math.min(...image.data));
        expect(Math.max(...data)).toBeLessThanOrEqual(Math.max(...image.data));
        const flat = gray(width, Array<number>(width * height).fill(77));
        expect(coarsen(flat, factor).data).toEqual(flat.data);
      },
    ),
  );
});
