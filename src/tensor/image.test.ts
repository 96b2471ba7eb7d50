import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toByteImage, toFloatImage } from "./image.ts";
import { nearKernels } from "./near-kernels.ts";

/** A picture of one row. */
function rowOf<Values extends Uint8Array | Float32Array>(data: Values) {
  return { width: data.length / 3, height: 1, data };
}

describe("levels and floats", () => {
  const levels = rowOf(Uint8Array.from({ length: 40_002 }, (_, i) => i % 256));

  it("makes of each level the float next to a 255th of it, and the level again", () => {
    const { data } = toFloatImage(levels);
    expect(data.every((value, i) => value === Math.fround((i % 256) / 255))).toBe(true);
    expect(toByteImage(rowOf(data)).data).toEqual(levels.data);
  });

  it("does the same where the floats stay near the kernels", () => {
    const far = toFloatImage(levels);
    expect(
      Buffer.compare(
        Buffer.from(nearKernels(1, levels, () => toFloatImage(levels)).data.buffer),
        Buffer.from(far.data.buffer),
      ),
    ).toBe(0);
    expect(nearKernels(1, levels, () => toByteImage(toFloatImage(levels))).data).toEqual(levels.data);
  });

  it("rounds halves up and clamps, in any number of values", () => {
    const value = fc.oneof(
      fc.float({ min: -2, max: 3 }),
      fc.integer({ min: 0, max: 255 }).map((level) => Math.fround((level + 0.5) / 255)),
      fc.constantFrom(Number.NaN, Infinity, -Infinity, -0),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 100 }), (values) => {
        const floats = Float32Array.from(values);
        const expected = Array.from(floats, (float) =>
          float > 0 ? Math.floor(Math.min(255, float * 255 + 0.5)) : 0,
        );
        expect(Array.from(toByteImage(rowOf(floats)).data)).toEqual(expected);
      }),
    );
  });

  it("has no picture for no pixels", () => {
    expect(toByteImage(rowOf(new Float32Array(0))).data).toHaveLength(0);
    expect(toFloatImage(rowOf(new Uint8Array(0))).data).toHaveLength(0);
  });
});
