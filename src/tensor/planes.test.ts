import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromPlanes, resizePlanes, toPlanes } from "./planes.ts";

const picture = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([width, height]) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      data: fc.uint8Array({ minLength: 3 * width * height, maxLength: 3 * width * height }),
    }),
  );

describe("planes", () => {
  it("give every picture back", () => {
    fc.assert(
      fc.property(picture, (image) => {
        expect(fromPlanes(toPlanes(image))).toEqual(image);
      }),
    );
  });

  it("are normalized color by color", () => {
    const image = { width: 1, height: 1, data: Uint8Array.of(255, 51, 0) };
    const { dims, data } = toPlanes(image, [0.5, 0.1, 0], [0.5, 0.1, 2]);
    expect(dims).toEqual([1, 3, 1, 1]);
    expect([...data].map((value) => Number(value.toFixed(6)))).toEqual([1, 1, 0]);
  });

  it("clamp what a network overshoots", () => {
    expect([...fromPlanes({ dims: [1, 3, 1, 1], data: Float32Array.of(1.3, -0.2, 0.5) }).data]).toEqual([
      255, 0, 128,
    ]);
  });

  it("stay as they are at their own size, and keep a ramp a ramp", () => {
    const ramp = { dims: [1, 2, 4], data: Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13) };
    expect(resizePlanes(ramp, 2, 4)).toEqual(ramp);
    expect([...resizePlanes(ramp, 2, 8).data.subarray(0, 8)]).toEqual([
      0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3,
    ]);
  });
});
