import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { floatsAt, lendMemory } from "./kernels.ts";
import { setTerms, termBytes, weighRows } from "./weigh-rows.ts";

describe("lendMemory", () => {
  it("lends places that do not touch, to nested borrowers too, and takes them back after an error", () => {
    const first = lendMemory([100, 3], (outer, next) => {
      expect(next - outer).toBeGreaterThanOrEqual(164);
      const inner = lendMemory([10], (place) => place);
      expect(inner - next).toBeGreaterThanOrEqual(67);
      return outer;
    });
    expect(() =>
      lendMemory([1000], () => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(lendMemory([8], (place) => place)).toBe(first);
  });

  it("grows to what is asked for", () => {
    lendMemory([50_000_000], (place) => {
      const floats = floatsAt(place, 12_500_000);
      floats[12_499_999] = 7;
      expect(floats.at(-1)).toBe(7);
    });
  });
});

describe("weighRows", () => {
  it("sums rows of any length and any number", () => {
    const row = fc.array(fc.float({ noNaN: true, min: -8, max: 8 }), { minLength: 40, maxLength: 40 });
    const weight = fc.float({ noNaN: true, min: -2, max: 2 });
    const terms = fc.array(fc.record({ row, weight }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(terms, fc.integer({ min: 1, max: 40 }), (parts, count) => {
        const expected = Array.from({ length: count }, (_, i) =>
          parts.reduce((sum, part) => sum + part.weight * part.row[i]!, 0),
        );
        const sums = lendMemory([termBytes(parts.length), 160 * parts.length, 160], (list, rows, output) => {
          const places = parts.map((_, k) => rows + 160 * k);
          parts.forEach((part, k) => floatsAt(places[k]!, 40).set(part.row));
          setTerms(
            list,
            places,
            parts.map((part) => part.weight),
          );
          weighRows(list, parts.length, output, count);
          return Array.from(floatsAt(output, count));
        });
        sums.forEach((sum, i) => expect(Math.abs(sum - expected[i]!)).toBeLessThan(1e-4));
      }),
    );
  });
});
