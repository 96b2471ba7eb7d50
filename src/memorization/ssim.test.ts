/** SSIM against numbers of its own equations, computed window by window with NumPy 2.4.6. */
import { expect, it } from "vitest";
import { structuralSimilarity } from "./ssim.ts";

const [width, height] = [18, 14];

function plane(level: (x: number, y: number) => number) {
  const values = Float32Array.from({ length: width * height }, (_, i) =>
    level(i % width, Math.floor(i / width)),
  );
  return { width, height, values };
}

const first = (x: number, y: number) => (37 * x + 59 * y + x * y) % 256;

it.each([
  [
    "a duller copy with a pattern over it",
    (x: number, y: number) => 0.8 * first(x, y) + 5 * (x % 7),
    0.9637454352155844,
  ],
  ["another picture", (x: number, y: number) => (11 * x * x + 3 * y) % 256, 0.05200504009605866],
  ["its negative", (x: number, y: number) => 255 - first(x, y), -0.987084978360908],
])("gives %s the number of the equations", (_, level, expected) => {
  expect(structuralSimilarity(plane(first), plane(level))).toBeCloseTo(expected, 5);
});

it("is 1 for a picture and itself, also a plain one", () => {
  expect(structuralSimilarity(plane(first), plane(first))).toBeCloseTo(1, 12);
  expect(
    structuralSimilarity(
      plane(() => 7),
      plane(() => 7),
    ),
  ).toBeCloseTo(1, 12);
});

it("refuses planes that are smaller than its window, or of two sizes", () => {
  const small = { width: 10, height: 30, values: new Float32Array(300) };
  expect(() => structuralSimilarity(small, small)).toThrow(RangeError);
  expect(() => structuralSimilarity(plane(first), { ...plane(first), width: 14, height: 18 })).toThrow(
    "SSIM needs two planes of one size, at least 11 × 11; got 18×14 and 14×18",
  );
});
