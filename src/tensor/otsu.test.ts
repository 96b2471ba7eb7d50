import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { otsuThreshold } from "./otsu.ts";

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Between-class variance by its definition. */
function variance(levels: readonly number[], threshold: number): number {
  const [dark, bright] = [
    levels.filter((level) => level <= threshold),
    levels.filter((level) => level > threshold),
  ];
  if (dark.length === 0 || bright.length === 0) return 0;
  return dark.length * bright.length * (mean(dark) - mean(bright)) ** 2;
}

describe("Otsu's threshold", () => {
  it("parts two levels right above the lower one", () => {
    expect(otsuThreshold(Uint8Array.of(10, 10, 10, 200))).toBe(10);
    expect(otsuThreshold(Uint8Array.of(0, 255))).toBe(0);
  });

  it("is 0 where there is nothing to part", () => {
    expect(otsuThreshold(new Uint8Array(9).fill(77))).toBe(0);
    expect(otsuThreshold(new Uint8Array(0))).toBe(0);
  });

  it("is a level at which dark and bright differ most", () => {
    const anyLevels = fc.array(fc.nat(255), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(anyLevels, (levels) => {
        const found = variance(levels, otsuThreshold(Uint8Array.from(levels)));
        const best = Math.max(...levels.map((level) => variance(levels, level)));
        expect(found).toBeCloseTo(best, 3);
      }),
    );
  });
});
