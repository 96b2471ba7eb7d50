import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toDepthPicture } from "./depth-picture.ts";

const LINE = { width: 5, height: 1 };

function grays(map: readonly number[], nearIsSmall = false): number[] {
  const { data } = toDepthPicture(Float32Array.from(map), { ...LINE, width: map.length }, nearIsSmall);
  for (let i = 0; i < data.length; i += 3) expect([data[i + 1], data[i + 2]]).toEqual([data[i], data[i]]);
  return Array.from(data).filter((_, i) => i % 3 === 0);
}

describe("toDepthPicture", () => {
  it("draws the nearest point white and the farthest black, whatever the scale", () => {
    expect(grays([-3, -2, -1, 0, 1])).toEqual([0, 64, 128, 191, 255]);
    expect(grays([0.5, 0.625, 0.75, 0.875, 1])).toEqual([0, 64, 128, 191, 255]);
  });

  it("turns numbers around that grow with distance", () => {
    expect(grays([2, 4, 6, 8, 10], true)).toEqual([255, 191, 128, 64, 0]);
  });

  it("is black where the map says nothing", () => {
    for (const map of [
      [7, 7, 7, 7, 7],
      [1, 2, Number.NaN, 4, 5],
      [1, 2, Infinity, 4, 5],
    ]) {
      expect(grays(map)).toEqual([0, 0, 0, 0, 0]);
    }
  });

  it("keeps the order of depths, and uses the whole range, for any map", () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), {
          minLength: 2,
          maxLength: 30,
        }),
        (map) => {
          const found = grays(map);
          const order = map.map((_, i) => i).toSorted((a, b) => Math.fround(map[a]!) - Math.fround(map[b]!));
          for (let i = 1; i < order.length; i++)
            expect(found[order[i]!]).toBeGreaterThanOrEqual(found[order[i - 1]!]!);
          const isFlat = map.every((value) => Math.fround(value) === Math.fround(map[0]!));
          expect([Math.min(...found), Math.max(...found)]).toEqual(isFlat ? [0, 0] : [0, 255]);
        },
      ),
    );
  });
});
