import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STILL } from "../../test/support/motion.ts";
import { findHoles } from "./holes.ts";
import type { WarpOptions } from "./warp.ts";

const SIZE = { width: 64, height: 48 };

/** Columns of a row in which a pixel is more than half a hole. */
function columns(holes: Float32Array, row: number): number[] {
  const part = holes.subarray(row * SIZE.width, (row + 1) * SIZE.width);
  return [...part.keys()].filter((column) => part[column]! > 0.5);
}

function total(holes: Float32Array): number {
  return holes.reduce((sum, share) => sum + share, 0);
}

describe("holes in 2D", () => {
  it("are as wide as the picture was pushed aside", () => {
    const holes = findHoles(SIZE, { ...STILL, translation_x: 5 }, { mode: "2d" });
    expect(columns(holes, 20)).toEqual([0, 1, 2, 3, 4]);
    expect(total(holes)).toBe(5 * SIZE.height);
  });

  it("frame a picture that was zoomed out, by the area that it lost", () => {
    const holes = findHoles(SIZE, { ...STILL, zoom: 0.8 }, { mode: "2d" });
    const area = SIZE.width * SIZE.height;
    expect(total(holes) / area).toBeCloseTo(1 - 0.8 * 0.8, 1);
    expect(holes[24 * 64 + 32]).toBe(0);
  });

  it("are soft over a pixel that is partly there", () => {
    const holes = findHoles(SIZE, { ...STILL, translation_x: 2.25 }, { mode: "2d" });
    expect([...holes.subarray(0, 4)]).toEqual([1, 1, expect.closeTo(0.25, 6), 0]);
  });

  it("are not there when nothing moves, when it zooms in, or when the picture repeats itself", () => {
    expect(total(findHoles(SIZE, STILL, { mode: "2d" }))).toBe(0);
    expect(total(findHoles(SIZE, { ...STILL, zoom: 1.3, angle: 2 }, { mode: "2d" }))).toBe(0);
    expect(total(findHoles(SIZE, { ...STILL, zoom: 0.5 }, { mode: "2d", border: "wrap" }))).toBe(0);
  });
});

/** A near card, from column 24 to 39 and row 12 to 35, in front of a far wall. */
const CARD = new Float32Array(SIZE.width * SIZE.height).map((_, i) => {
  const [column, row] = [i % SIZE.width, Math.floor(i / SIZE.width)];
  return column >= 24 && column < 40 && row >= 12 && row < 36 ? 1 : 4;
});

describe("holes in 3D", () => {
  // k · tx / 200 / z · width / 2 = 1.428 · 30 / 200 · 32 = 6.9 pixels for the card, 1.7 for the wall.
  const aside = { ...STILL, translation_x: 30, fov: 70 };

  it("open behind a near thing by how much farther it moved than what is behind it", () => {
    const holes = findHoles(SIZE, aside, { mode: "3d", depth: CARD });
    // The card ends at 39 − 6.9; what stood right of it is at 40 − 1.7 now.
    expect(columns(holes, 24)).toEqual([33, 34, 35, 36, 37, 62, 63]);
    expect(columns(holes, 4)).toEqual([62, 63]);
  });

  it("are beyond the edge alone when the picture is a plane, or a slope without jumps", () => {
    const slope = CARD.map((_, i) => 1 + (3 * (i % SIZE.width)) / SIZE.width);
    for (const depth of [null, slope]) {
      const holes = findHoles(SIZE, aside, { mode: "3d", depth });
      expect(columns(holes, 24).every((column) => column > 55)).toBe(true);
    }
  });

  it("are not torn by a zoom, however strong, of a plane", () => {
    const holes = findHoles(
      SIZE,
      { ...STILL, translation_z: 100 },
      { mode: "3d", depth: CARD.map(() => 1.5) },
    );
    expect(total(holes)).toBe(0);
  });
});

it("are shares of every pixel, whatever the camera does", () => {
  const number = fc.oneof(fc.double({ min: -200, max: 200, noNaN: true }), fc.constantFrom(0, 1e6, -1e6));
  const ways: readonly WarpOptions[] = [
    { mode: "2d" },
    { mode: "2d", perspectiveFlip: true },
    { mode: "3d" },
    { mode: "3d", depth: CARD, perspectiveFlip: true },
  ];
  fc.assert(
    fc.property(
      fc.record({
        angle: number,
        zoom: fc.double({ min: 0.01, max: 100, noNaN: true }),
        translation_x: number,
        translation_y: number,
        translation_z: number,
        rotation_3d_x: number,
        rotation_3d_y: number,
        rotation_3d_z: number,
      }),
      fc.constantFrom(...ways),
      (motion, options) => {
        const holes = findHoles(SIZE, { ...STILL, ...motion }, options);
        expect(holes).toHaveLength(SIZE.width * SIZE.height);
        expect(holes.every((share) => share >= 0 && share <= 1)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});
