import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RgbImage } from "../tensor/image.ts";
import { fillFromAround, finishMask, type Mask, maskedRegion, toLatentMask } from "./mask.ts";

function maskOf(rows: readonly string[]): Mask {
  const data = Float32Array.from(rows.join(""), (cell) => (cell === "#" ? 1 : 0));
  return { width: rows[0]!.length, height: rows.length, data };
}

function gray(width: number, values: readonly number[]): RgbImage {
  const data = Float32Array.from(values.flatMap((value) => [value, value, value]));
  return { width, height: values.length / width, data };
}

describe("a mask", () => {
  it("changes what is white, or with invert what is black", () => {
    const mask = { width: 3, height: 1, data: Float32Array.of(0, 0.5, 1) };
    expect([...finishMask(mask, { invert: false, blur: 0 }).data]).toEqual([0, 0.5, 1]);
    expect([...finishMask(mask, { invert: true, blur: 0 }).data]).toEqual([1, 0.5, 0]);
  });

  it("has soft borders when blurred, and keeps its weight", () => {
    const data = Float32Array.from({ length: 32 * 4 }, (_, i) => (i % 32 < 16 ? 0 : 1));
    const row = finishMask({ width: 32, height: 4, data }, { invert: false, blur: 2 }).data.subarray(0, 32);
    expect(row[0]).toBeCloseTo(0, 5);
    expect(row[31]).toBeCloseTo(1, 5);
    // Half a pixel beside the border of a Gaussian of deviation 2: the normal distribution at 0.25.
    expect(row[16]).toBeCloseTo(0.5987, 2);
    for (let i = 1; i < 32; i++) expect(row[i]).toBeGreaterThanOrEqual(row[i - 1]!);
  });

  it("lets a cell of the latent change when half of its pixels may", () => {
    const cells = toLatentMask(maskOf(["##..", "....", "###.", "..#."]), 2);
    expect([...cells]).toEqual([1, 0, 1, 1]);
  });
});

describe("the region of a mask", () => {
  it("is its box with padding, in the proportions of the picture", () => {
    const rows = Array.from({ length: 10 }, (_, y) => (y === 4 ? ".........##........." : ".".repeat(20)));
    expect(maskedRegion(maskOf(rows), 0)).toEqual({ left: 9, top: 4, width: 2, height: 1 });
    expect(maskedRegion(maskOf(rows), 2)).toEqual({ left: 5, top: 2, width: 10, height: 5 });
    expect(maskedRegion(maskOf(rows), 100)).toEqual({ left: 0, top: 0, width: 20, height: 10 });
  });

  it("is none for a black mask", () => {
    expect(maskedRegion(maskOf(["...", "..."]), 5)).toBeNull();
  });

  it("holds the mask and lies within the picture, whatever they are", () => {
    const size = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(
        size,
        size,
        fc.integer({ min: 0, max: 8 }),
        fc.array(fc.integer({ min: 0, max: 143 }), { minLength: 1, maxLength: 5 }),
        (width, height, padding, points) => {
          const data = new Float32Array(width * height);
          for (const point of points) data[point % data.length] = 1;
          const region = maskedRegion({ width, height, data }, padding)!;
          expect(region.left).toBeGreaterThanOrEqual(0);
          expect(region.top).toBeGreaterThanOrEqual(0);
          expect(region.left + region.width).toBeLessThanOrEqual(width);
          expect(region.top + region.height).toBeLessThanOrEqual(height);
          data.forEach((value, i) => {
            if (value === 0) return;
            const [x, y] = [i % width, Math.floor(i / width)];
            expect(x >= region.left && x < region.left + region.width).toBe(true);
            expect(y >= region.top && y < region.top + region.height).toBe(true);
          });
        },
      ),
    );
  });
});

describe("filling from around", () => {
  it("leaves what is kept, and paints the hole in colors between those around it", () => {
    const picture = gray(6, [0.2, 0.2, 9, 9, 0.6, 0.6]);
    const { data } = fillFromAround(picture, maskOf(["..##.."]));
    const row = data.filter((_, i) => i % 3 === 0);
    [0.2, 0.2, 0.6, 0.6].forEach((value, i) => expect(row[i < 2 ? i : i + 2]).toBeCloseTo(value, 5));
    for (const value of row.subarray(2, 4)) {
      expect(value).toBeGreaterThanOrEqual(0.2);
      expect(value).toBeLessThanOrEqual(0.6);
    }
    expect(row[3]).toBeGreaterThan(row[2]!);
  });

  it("gives a flat picture back whatever the mask hides", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(80),
        (w, h, kept) => {
          const data = new Float32Array(w * h).fill(1);
          data[kept % data.length] = 0;
          const picture = gray(
            w,
            [...data].map((hidden) => (hidden === 1 ? 7 : 0.4)),
          );
          const filled = fillFromAround(picture, { width: w, height: h, data });
          for (const value of filled.data) expect(value).toBeCloseTo(0.4, 5);
        },
      ),
    );
  });
});
