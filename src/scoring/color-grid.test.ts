/** The small picture of a frame: its colors, any size, and how far two are apart. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { colorGrid, gridDistance } from "./color-grid.ts";

function picture(width: number, height: number, color: (x: number, y: number) => readonly number[]) {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(color(i % width, Math.floor(i / width)), 3 * i);
  return { width, height, data };
}

it("holds the mean color of each cell, row by row", () => {
  const quarters = picture(64, 32, (x, y) => [
    4 * Math.floor(x / 16),
    y % 2 === 0 ? 10 : 20,
    y < 8 ? 200 : 7,
  ]);
  const grid = colorGrid(quarters);
  expect(grid).toHaveLength(48);
  expect([...grid.subarray(0, 6)]).toEqual([0, 15, 200, 4, 15, 200]);
  expect([...grid.subarray(45)]).toEqual([12, 15, 7]);
});

it("of one color is that color at any size, down to a single pixel", () => {
  const side = fc.integer({ min: 1, max: 40 });
  const level = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(side, side, fc.tuple(level, level, level), (width, height, color) => {
      const grid = colorGrid(picture(width, height, () => color));
      expect([...grid]).toEqual(Array.from({ length: 16 }, () => color).flat());
    }),
  );
});

it("is as far from another as their colors are", () => {
  const gray = (level: number) => colorGrid(picture(8, 8, () => [level, level, level]));
  expect(gridDistance(gray(10), gray(10))).toBe(0);
  expect(gridDistance(gray(0), gray(255))).toBe(255);
  expect(gridDistance(gray(100), colorGrid(picture(8, 8, () => [130, 100, 100])))).toBeCloseTo(10, 10);
});
