import { describe, expect, it } from "vitest";
import { STILL } from "../../test/support/motion.ts";
import type { RgbImage } from "../tensor/image.ts";
import { worldDepth } from "./depth.ts";
import { spreadSilhouettes } from "./silhouette.ts";
import { warp3d } from "./warp3d.ts";

const SIZE = { width: 96, height: 64 };
const [LEFT, RIGHT] = [40, 60];

/** A white bar before a black sky, and its nearness. */
function bar(): { image: RgbImage; depth: Float32Array } {
  const data = new Float32Array(3 * SIZE.width * SIZE.height);
  const near = new Float32Array(SIZE.width * SIZE.height);
  for (let y = 0; y < SIZE.height; y++) {
    near.fill(1, y * SIZE.width + LEFT, y * SIZE.width + RIGHT);
    data.fill(1, 3 * (y * SIZE.width + LEFT), 3 * (y * SIZE.width + RIGHT));
  }
  return { image: { ...SIZE, data }, depth: worldDepth(near, "nearness", { far: 10 })! };
}

/** Where the bar begins and ends in the middle row, to a fraction of a pixel. */
function edges({ data, width, height }: RgbImage): [number, number] {
  const row = Array.from({ length: width }, (_, x) => data[3 * ((height >> 1) * width + x)]!);
  const first = row.findIndex((value) => value > 0.5);
  const last = row.findLastIndex((value) => value > 0.5);
  return [first - row[first - 1]!, last + row[last + 1]!];
}

// fov 70: 48 · 1.428 · 14 / 200 = 4.8 pixels at depth 1, a tenth of it at depth 10.
const MOVE = { ...STILL, translation_x: -14 };

describe("spreading silhouettes", () => {
  it("moves a near thing as a whole, both edges by as much as its depth says", () => {
    const { image, depth } = bar();
    const [left, right] = edges(image);
    const moved = warp3d(image, MOVE, { depth: spreadSilhouettes(depth, SIZE, MOVE), sampling: "bilinear" });
    const [newLeft, newRight] = edges(moved);
    expect(Math.abs(newLeft - left - 4.8)).toBeLessThan(0.6);
    expect(Math.abs(newRight - right - 4.8)).toBeLessThan(0.6);
  });

  it("mends the front edge, which lags without it", () => {
    const { image, depth } = bar();
    const [, newRight] = edges(warp3d(image, MOVE, { depth, sampling: "bilinear" }));
    expect(newRight - edges(image)[1]).toBeLessThan(2);
  });

  it("does nothing when depths do not drift apart", () => {
    const { depth } = bar();
    expect(spreadSilhouettes(depth, SIZE, STILL)).toBe(depth);
    const plane = new Float32Array(SIZE.width * SIZE.height).fill(1.5);
    expect(spreadSilhouettes(plane, SIZE, MOVE)).toBe(plane);
  });

  it("takes the nearest depth of a square of any size, edges included", () => {
    const depth = Float32Array.from({ length: 96 * 64 }, (_, i) => 1 + ((i * 7919) % 1000) / 1000);
    // A drift of 10 pixels is cut to a twelfth of the height, 5.
    const spread = spreadSilhouettes(depth, SIZE, { ...STILL, translation_x: -60 });
    for (let y = 0, i = 0; y < 64; y++) {
      for (let x = 0; x < 96; x++, i++) {
        let least = Infinity;
        for (let row = Math.max(0, y - 5); row <= Math.min(63, y + 5); row++) {
          for (let column = Math.max(0, x - 5); column <= Math.min(95, x + 5); column++) {
            least = Math.min(least, depth[row * 96 + column]!);
          }
        }
        expect(spread[i]).toBe(least);
      }
    }
  });

  it("never makes anything farther, and is the smallest value in a square", () => {
    const depth = Float32Array.from({ length: 96 * 64 }, (_, i) => 1 + ((i * 7919) % 1000) / 1000);
    const gentle = { ...STILL, translation_x: -5 };
    const spread = spreadSilhouettes(depth, SIZE, gentle);
    // 1.7 pixels at depth 1, 0.9 at depth 2: a drift of less than a pixel, so one pixel around each.
    for (const [x, y] of [
      [0, 0],
      [50, 30],
      [95, 63],
    ] as const) {
      let least = Infinity;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          if (x + dx < 0 || x + dx > 95 || y + dy < 0 || y + dy > 63) continue;
          least = Math.min(least, depth[(y + dy) * 96 + x + dx]!);
        }
      }
      expect(spread[y * 96 + x]).toBe(least);
    }
  });
});
