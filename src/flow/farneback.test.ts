import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { readGoldenFloats, readGoldenPicture } from "../../test/support/deforum-fixtures.ts";
import { farnebackFlow } from "./farneback.ts";
import { grayPlane } from "./gray-plane.ts";

/** A smooth pattern without period inside the picture, moved by (right, down). */
function waves(width: number, height: number, right: number, down: number): Float32Array {
  return Float32Array.from({ length: width * height }, (_, i) => {
    const x = (i % width) - right;
    const y = Math.floor(i / width) - down;
    return 128 + 50 * Math.sin(x / 5 + y / 13) + 50 * Math.cos(y / 6 - x / 17);
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

describe("Farnebäck's flow", () => {
  let previous: Float32Array;
  let next: Float32Array;
  beforeAll(async () => {
    previous = grayPlane(await readGoldenPicture("flow/est_a.png"));
    next = grayPlane(await readGoldenPicture("flow/est_b.png"));
  });

  it("is OpenCV's to a hundredth of a pixel, at every pixel", () => {
    const flow = farnebackFlow(previous, next, 64, 64);
    const expected = readGoldenFloats("flow/est_farneback_f32le.bin");
    expect(flow.length).toBe(expected.length);
    const differences = expected.map((value, i) => Math.abs(value - flow[i]!));
    expect(differences.reduce((most, difference) => Math.max(most, difference), 0)).toBeLessThan(0.01);
  });

  it("finds the shift of a picture whose sides differ and are odd", () => {
    const [width, height] = [83, 51];
    const flow = farnebackFlow(waves(width, height, 0, 0), waves(width, height, 2.5, -1.5), width, height);
    const inner = Array.from({ length: width * height }, (_, i) => i).filter((i) => {
      const x = i % width;
      const y = Math.floor(i / width);
      return x > 12 && x < width - 12 && y > 12 && y < height - 12;
    });
    expect(median(inner.map((i) => flow[2 * i]!))).toBeCloseTo(2.5, 1);
    expect(median(inner.map((i) => flow[2 * i + 1]!))).toBeCloseTo(-1.5, 1);
  });

  // The last row and column have no neighbour to interpolate with, as in OpenCV; the windows around them see a trace of that.
  it("is nothing between equal pictures, and in flat ones", () => {
    for (const plane of [previous, new Float32Array(64 * 64).fill(90)]) {
      expect(
        farnebackFlow(plane, plane, 64, 64).reduce((most, value) => Math.max(most, Math.abs(value)), 0),
      ).toBeLessThan(0.05);
    }
  });

  it("is finite for any pictures, however small", () => {
    const pictures = fc.record({
      width: fc.integer({ min: 1, max: 40 }),
      height: fc.integer({ min: 1, max: 40 }),
      levels: fc.uint8Array({ minLength: 3200, maxLength: 3200 }),
    });
    fc.assert(
      fc.property(pictures, ({ width, height, levels }) => {
        const planes = Float32Array.from(levels);
        const size = width * height;
        const flow = farnebackFlow(planes.slice(0, size), planes.slice(size, 2 * size), width, height);
        expect(flow).toHaveLength(2 * size);
        expect(flow.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("refuses planes of another size", () => {
    expect(() => farnebackFlow(previous, next, 64, 63)).toThrow(RangeError);
  });
});
