import { assert, nat, property, uniqueArray } from "fast-check";
import { expect, it } from "vitest";
import { formatRanges, parseRanges } from "./frame-ranges.ts";

it("joins neighbors", () => {
  expect(formatRanges([3, 1, 2, 7, 9, 8, 12])).toBe("1-3, 7-9, 12");
  expect(formatRanges([])).toBe("");
});

it("reads back what it wrote", () => {
  assert(
    property(uniqueArray(nat(500)), (frames) => {
      expect(parseRanges(formatRanges(frames), 501)).toEqual(frames.toSorted((a, b) => a - b));
    }),
  );
});

it("leaves out what is no range and what is beyond the limit", () => {
  expect(parseRanges("x, 4-2, -1, 98-999999999, 1e3", 100)).toEqual([98, 99]);
});
