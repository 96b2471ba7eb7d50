import { expect, it } from "vitest";
import type { RgbImage } from "../tensor/image.ts";
import { keepBlack, mixByMask } from "./keep-outside.ts";

const image = (...levels: number[]): RgbImage => ({
  width: levels.length,
  height: 1,
  data: Float32Array.from(levels.flatMap((level) => [level, level, level])),
});
const mask = { width: 3, height: 1, data: Float32Array.of(0, 0.5, 1) };
const levels = ({ data }: RgbImage) => [...data].filter((_, i) => i % 3 === 0);

it("mixes two pictures by the mask", () => {
  expect(levels(mixByMask(image(0, 0, 0), image(1, 1, 1), mask))).toEqual([0, 0.5, 1]);
});

it("puts back only what the mask keeps whole", () => {
  expect(levels(keepBlack(image(0, 0, 0), image(0.25, 0.75, 1), mask))).toEqual([0, 0.75, 1]);
});
