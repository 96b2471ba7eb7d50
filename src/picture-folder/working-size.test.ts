import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { workingSize } from "./working-size.ts";

const side = fc.integer({ min: 1, max: 8192 });

describe("the size at which a picture is drawn", () => {
  it.each([
    [512, 512, 256, 256],
    [3000, 2000, 312, 208],
    [2000, 3000, 208, 312],
    [100, 100, 256, 256],
    [8000, 10, 2048, 64],
    [1, 1, 256, 256],
  ])("of %d×%d is %d×%d where squares have 256", (width, height, wide, high) => {
    expect(workingSize({ width, height }, { width: 256, height: 256 })).toEqual({
      width: wide,
      height: high,
    });
  });

  it("has sides of whole cells, and area and shape as near as they allow", () => {
    fc.assert(
      fc.property(side, side, (width, height) => {
        fc.pre(Math.max(width / height, height / width) < 4);
        const drawn = workingSize({ width, height }, { width: 512, height: 512 });
        expect([drawn.width % 8, drawn.height % 8]).toEqual([0, 0]);
        expect(Math.abs((drawn.width * drawn.height) / 512 ** 2 - 1)).toBeLessThan(0.04);
        expect(Math.abs((drawn.width / drawn.height) * (height / width) - 1)).toBeLessThan(0.04);
      }),
    );
  });
});
