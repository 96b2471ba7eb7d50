import { describe, expect, it } from "vitest";
import type { RgbImage } from "../tensor/image.ts";
import { fillWithNoise } from "./fill-holes.ts";

const SIZE = { width: 256, height: 128 };

/** Every pixel says where it is: its column and row as red and green, and which picture it is of as blue. */
function places(blue: number): RgbImage {
  const data = new Float32Array(3 * SIZE.width * SIZE.height);
  for (let i = 0; i < data.length; i += 3) {
    const at = i / 3;
    data.set([(at % SIZE.width) / 256, Math.floor(at / SIZE.width) / 256, blue], i);
  }
  return { ...SIZE, data };
}

const moved = places(0);
const before = places(1);
const holes = new Float32Array(SIZE.width * SIZE.height).map((_, i) => (i % SIZE.width < 20 ? 1 : 0));

function pixel({ data }: RgbImage, index: number): string {
  return data.subarray(3 * index, 3 * index + 3).join();
}

describe("noise in holes", () => {
  const filled = fillWithNoise(moved, before, holes, 7);

  it("has colors of the frame before, from around each place, and many of them", () => {
    const seen = new Set<string>();
    let farthest = 0;
    holes.forEach((share, i) => {
      if (share === 0) return;
      const [column, row, blue] = filled.data.subarray(3 * i, 3 * i + 3);
      expect(blue).toBe(1);
      seen.add(pixel(filled, i));
      const [x, y] = [i % SIZE.width, Math.floor(i / SIZE.width)];
      farthest = Math.max(farthest, Math.abs(256 * column! - x), Math.abs(256 * row! - y));
    });
    expect(seen.size).toBeGreaterThan(500);
    // Five deviations of a twelfth of the shorter side.
    expect(farthest).toBeGreaterThan(10);
    expect(farthest).toBeLessThan(54);
  });

  it("leaves everything else as it is", () => {
    holes.forEach((share, i) => share === 0 && expect(pixel(filled, i)).toBe(pixel(moved, i)));
    expect(
      fillWithNoise(
        moved,
        before,
        holes.map(() => 0),
        7,
      ).data,
    ).toEqual(moved.data);
  });

  it("is the same for a seed and another for another, and does not depend on other holes", () => {
    expect(fillWithNoise(moved, before, holes, 7)).toEqual(filled);
    expect(fillWithNoise(moved, before, holes, 8)).not.toEqual(filled);
    const fewer = fillWithNoise(
      moved,
      before,
      holes.map((share, i) => (i < 4000 ? share : 0)),
      7,
    );
    expect(fewer.data.subarray(0, 12_000)).toEqual(filled.data.subarray(0, 12_000));
  });

  it("comes in as far as a pixel is a hole", () => {
    const half = fillWithNoise(
      moved,
      before,
      holes.map((share) => share / 2),
      7,
    );
    holes.forEach((share, i) => {
      if (share === 0) return;
      expect(half.data[3 * i]).toBeCloseTo((moved.data[3 * i]! + filled.data[3 * i]!) / 2, 5);
    });
  });
});
