/** One picture over another: every cell shows what the placement says. */
import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { coveredCells, layOver, placementsToTry, type Placement } from "./placement.ts";

const SIDE = 32;
const WHOLE: Placement = { left: 0, top: 0, width: 1, height: 1, mirrored: false };
/** Brightness rises by 4 per cell to the right and by 2 downwards. */
const slope = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => 4 * (i % SIDE) + 2 * Math.floor(i / SIDE));

function lay(placement: Placement, side = SIDE, samples = 1) {
  const target = new Float32Array(side * side).fill(-1);
  return { cells: layOver(slope, SIDE, placement, target, side, samples), target };
}

describe("a picture laid over another", () => {
  it("as a whole is itself, and mirrored its mirror", () => {
    expect(lay(WHOLE).target).toEqual(Float32Array.from(slope));
    const { target } = lay({ ...WHOLE, mirrored: true });
    expect(target[0]).toBe(slope[SIDE - 1]);
    expect(target[SIDE * SIDE - 1]).toBe(slope[SIDE * (SIDE - 1)]);
  });

  it("at half the size is the mean of four cells", () => {
    const { target } = lay(WHOLE, SIDE / 2, 2);
    expect(target[0]).toBeCloseTo((0 + 4 + 2 + 6) / 4, 5);
  });

  it("covers cells by their centers and leaves the others alone", () => {
    const { cells, target } = lay({ left: 0.25, top: 0.5, width: 0.5, height: 0.5, mirrored: false });
    expect(cells).toEqual({ left: 8, top: 16, right: 24, bottom: 32 });
    expect(target.filter((value) => value >= 0)).toHaveLength(16 * 16);
    // Twice as steep, because all of the picture is in half of the side.
    expect(target[20 * SIDE + 13]! - target[20 * SIDE + 12]!).toBeCloseTo(8, 5);
  });

  it("shows the part that a larger placement leaves inside", () => {
    const { cells, target } = lay({ left: -0.5, top: -0.5, width: 2, height: 2, mirrored: false });
    expect(cells).toEqual({ left: 0, top: 0, right: SIDE, bottom: SIDE });
    expect(target[0]).toBeCloseTo(4 * 7.75 + 2 * 7.75, 5);
  });

  it("never reads outside of the picture", () => {
    const share = fc.double({ min: -3, max: 3, noNaN: true });
    const length = fc.double({ min: 0.01, max: 4, noNaN: true });
    fc.assert(
      fc.property(share, share, length, length, fc.boolean(), (left, top, width, height, mirrored) => {
        const { target } = lay({ left, top, width, height, mirrored });
        expect(target.every((value) => value === -1 || (value >= 0 && value <= 186))).toBe(true);
      }),
    );
  });
});

/** Whether a stretch lies within 0–1 or covers it. */
function isFit(start: number, length: number): boolean {
  const end = start + length;
  return (start >= -1e-9 && end <= 1 + 1e-9) || (start <= 1e-9 && end >= 1 - 1e-9);
}

describe("the placements that are tried", () => {
  it("begin with all of one shape, each also mirrored", () => {
    const tried = placementsToTry(1.5, 1.5);
    expect(tried).toContainEqual(WHOLE);
    expect(tried).toContainEqual({ ...WHOLE, mirrored: true });
    expect(tried.every(({ width, height }) => width === height)).toBe(true);
    expect(tried).toHaveLength(182);
  });

  it("keep round things round where the shapes differ", () => {
    const tried = placementsToTry(16 / 9, 1);
    expect(tried).toContainEqual({ left: 0, top: 0.4375 / 2 + 0, width: 1, height: 0.5625, mirrored: false });
  });

  it("lie within the other picture or cover it, along each axis", () => {
    const tried = placementsToTry(0.6, 1.9);
    const misfits = tried.filter(
      ({ left, top, width, height }) => !isFit(left, width) || !isFit(top, height),
    );
    expect(misfits).toEqual([]);
  });

  it("cover at least one cell of every grid", () => {
    const areas = placementsToTry(3, 0.5).map((placement) => {
      const { left, top, right, bottom } = coveredCells(placement, 12);
      return (right - left) * (bottom - top);
    });
    expect(Math.min(...areas)).toBeGreaterThan(0);
  });
});
