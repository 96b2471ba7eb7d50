/** Windows that cut nothing: against every place that a window can have. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepWhole, type KeptExtent } from "./keep-whole.ts";

const LIMIT = 60;

function extent(from: number, to: number, room = 0): KeptExtent {
  return { from, to, before: room, after: room };
}

const extents = fc.array(
  fc
    .tuple(fc.nat(LIMIT - 1), fc.integer({ min: 1, max: LIMIT }), fc.double({ min: 0, max: 8, noNaN: true }))
    .map(([from, size, room]) => extent(from, Math.min(LIMIT, from + size), room)),
  { minLength: 1, maxLength: 5 },
);
const window = fc
  .tuple(fc.integer({ min: 1, max: LIMIT }), fc.nat(LIMIT))
  .map(([length, start]) => ({ start: Math.min(start, LIMIT - length), length, limit: LIMIT }));

describe("a window", () => {
  it("that cuts nothing stays where it is", () => {
    const placed = { start: 20, length: 20, limit: LIMIT };
    expect(keepWhole(placed, [], "any part")).toBe(20);
    expect(keepWhole(placed, [extent(25, 30), extent(0, 20), extent(40, 60)], "any part")).toBe(20);
  });

  it("moves by as little as holds what it cut, with its room", () => {
    const placed = { start: 20, length: 20, limit: LIMIT };
    expect(keepWhole(placed, [extent(35, 45)], "any part")).toBe(25);
    expect(keepWhole(placed, [extent(35, 45, 3)], "any part")).toBe(28);
    // Room for six of the eight that are asked for on both sides together.
    expect(keepWhole(placed, [extent(4, 18, 4)], "any part")).toBe(1);
  });

  it("stands at the beginning of what is too long, or somewhere in it", () => {
    const placed = { start: 30, length: 20, limit: LIMIT };
    expect(keepWhole(placed, [extent(10, 45, 2)], "beginning")).toBe(8);
    expect(keepWhole(placed, [extent(10, 45, 2)], "any part")).toBe(25);
  });

  it("lies within its axis, holds the first that fits, and all where all fit", () => {
    fc.assert(
      fc.property(window, extents, fc.constantFrom("beginning", "any part"), (placed, kept, overlong) => {
        const start = keepWhole(placed, kept, overlong);
        expect(Number.isInteger(start)).toBe(true);
        expect(start).toBeGreaterThanOrEqual(0);
        expect(start + placed.length).toBeLessThanOrEqual(LIMIT);
        const isHeld = ({ from, to }: KeptExtent) => from >= start && to <= start + placed.length;
        if (kept[0]!.to - kept[0]!.from <= placed.length) expect(isHeld(kept[0]!)).toBe(true);
        const from = Math.min(...kept.map((each) => each.from));
        const to = Math.max(...kept.map((each) => each.to));
        if (to - from <= placed.length) expect(kept.every(isHeld)).toBe(true);
      }),
    );
  });

  it("cuts the second only where no place that holds the first leaves it whole", () => {
    fc.assert(
      fc.property(window, extents, (placed, [first, second = first!]) => {
        const { length } = placed;
        fc.pre(first!.to - first!.from <= length);
        const isCut = (start: number) =>
          second.to > start &&
          second.from < start + length &&
          (second.from < start || second.to > start + length);
        const places = Array.from({ length: LIMIT - length + 1 }, (_, start) => start);
        const holding = places.filter((start) => first!.from >= start && first!.to <= start + length);
        const canBeWhole = holding.some((start) => !isCut(start));
        if (canBeWhole) expect(isCut(keepWhole(placed, [first!, second], "any part"))).toBe(false);
      }),
    );
  });
});
