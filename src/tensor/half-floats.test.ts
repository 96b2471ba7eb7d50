import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHalves, halfToFloat, toHalves } from "./half-floats.ts";

const ALL = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
const one = (value: number) => toHalves(Float32Array.of(value))[0]!;

describe("numbers in half precision", () => {
  it("come back as they were, all 65,536 but the bits of those that are none", () => {
    const values = fromHalves(ALL);
    const back = toHalves(values);
    for (const bits of ALL) {
      if (Number.isNaN(values[bits])) expect(back[bits]! & 0x7fff).toBe(0x7e00);
      else if (back[bits] !== bits) expect.fail(`${bits} came back as ${back[bits]}`);
    }
  });

  it("have their values of the standard", () => {
    const values: [number, number][] = [
      [0x0000, 0],
      [0x0001, 2 ** -24],
      [0x03ff, 1023 * 2 ** -24],
      [0x0400, 2 ** -14],
      [0x3c00, 1],
      [0x3555, 0.333251953125],
      [0xc000, -2],
      [0x7bff, 65_504],
      [0x7c00, Infinity],
      [0xfc00, -Infinity],
    ];
    for (const [bits, value] of values) {
      expect(halfToFloat(bits)).toBe(value);
      expect(one(value)).toBe(bits);
    }
    expect(halfToFloat(0x8000)).toBe(-0);
    expect(one(-0)).toBe(0x8000);
    expect(halfToFloat(0x7c01)).toBeNaN();
    expect(one(NaN)).toBe(0x7e00);
  });

  it("are the nearest ones to those of single precision, on a tie the even one", () => {
    const values = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true, min: -70_000, max: 70_000 }),
      fc.float({ noNaN: true, min: Math.fround(-1e-4), max: Math.fround(1e-4) }),
      // Halfway between two neighbours, or next to it.
      fc
        .tuple(fc.nat(0x7bfe), fc.integer({ min: -1, max: 1 }))
        .map(([bits, off]) =>
          Math.fround(((halfToFloat(bits) + halfToFloat(bits + 1)) / 2) * (1 + off * 2 ** -23)),
        ),
    );
    fc.assert(
      fc.property(values, (value) => {
        const bits = one(value);
        const magnitude = Math.abs(value);
        if (magnitude >= 65_520) {
          expect(bits & 0x7fff).toBe(0x7c00);
          return;
        }
        const error = Math.abs(halfToFloat(bits) - value);
        for (const neighbor of [bits - 1, bits + 1]) {
          if ((neighbor & 0x7fff) >= 0x7c00 || (bits & 0x7fff) + neighbor - bits < 0) continue;
          const other = Math.abs(halfToFloat(neighbor) - value);
          expect(error).toBeLessThanOrEqual(other);
          if (error === other) expect(bits & 1).toBe(0);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
