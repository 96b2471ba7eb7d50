import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { readGoldenFloats, readGoldenPicture } from "../../test/support/deforum-fixtures.ts";
import { DIS_PRESETS, disFlow } from "./dis.ts";
import { grayPlane } from "./gray-plane.ts";

/** Vectors further than this from the edges see their whole surroundings in both pictures. */
const EDGE = 12;

function innerPixels(width: number, height: number): number[] {
  return Array.from({ length: width * height }, (_, i) => i).filter((i) => {
    const x = i % width;
    const y = Math.floor(i / width);
    return x >= EDGE && x < width - EDGE && y >= EDGE && y < height - EDGE;
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A pattern with texture everywhere, moved by (right, down). */
function waves(width: number, height: number, right: number, down: number): Float32Array {
  return Float32Array.from({ length: width * height }, (_, i) => {
    const x = (i % width) - right;
    const y = Math.floor(i / width) - down;
    return 128 + 50 * Math.sin(x / 3 + y / 13) + 50 * Math.cos(y / 4 - x / 17);
  });
}

describe("DIS flow", () => {
  let previous: Float32Array;
  let next: Float32Array;
  beforeAll(async () => {
    previous = grayPlane(await readGoldenPicture("flow/est_a.png"));
    next = grayPlane(await readGoldenPicture("flow/est_b.png"));
  });

  it.each([
    ["dis_medium", "forward", "flow/est_dis_medium_f32le.bin", [3, -2]],
    ["dis_medium", "backward", "flow/est_dis_medium_backward_f32le.bin", [-3, 2]],
    ["dis_fine", "forward", "flow/est_dis_fine_f32le.bin", [3, -2]],
  ] as const)(
    "by %s, %s, finds the shift to 0.1 pixels and is OpenCV's to 0.1 on average",
    (preset, way, file, shift) => {
      const [from, to] = way === "forward" ? [previous, next] : [next, previous];
      const flow = disFlow(from, to, 64, 64, DIS_PRESETS[preset]);
      const inner = innerPixels(64, 64);
      for (const axis of [0, 1] as const) {
        expect(Math.abs(median(inner.map((i) => flow[2 * i + axis]!)) - shift[axis])).toBeLessThan(0.1);
      }
      const expected = readGoldenFloats(file);
      expect(mean([...expected].map((value, i) => Math.abs(value - flow[i]!)))).toBeLessThan(0.1);
    },
  );

  it("finds the shift of a picture whose sides differ and are odd", () => {
    const flow = disFlow(waves(83, 51, 0, 0), waves(83, 51, 4.5, -2.5), 83, 51, DIS_PRESETS.dis_fine);
    const inner = innerPixels(83, 51);
    expect(median(inner.map((i) => flow[2 * i]!))).toBeCloseTo(4.5, 1);
    expect(median(inner.map((i) => flow[2 * i + 1]!))).toBeCloseTo(-2.5, 1);
  });

  it("is nothing between equal pictures, and in flat ones", () => {
    for (const plane of [previous, new Float32Array(64 * 64).fill(90)]) {
      const flow = disFlow(plane, plane, 64, 64, DIS_PRESETS.dis_medium);
      expect(flow.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeLessThan(1e-3);
    }
  });

  it("is finite for any pictures, however small", () => {
    const pictures = fc.record({
      width: fc.integer({ min: 1, max: 40 }),
      height: fc.integer({ min: 1, max: 40 }),
      levels: fc.uint8Array({ minLength: 3200, maxLength: 3200 }),
      preset: fc.constantFrom(...Object.values(DIS_PRESETS)),
    });
    fc.assert(
      fc.property(pictures, ({ width, height, levels, preset }) => {
        const planes = Float32Array.from(levels);
        const size = width * height;
        const flow = disFlow(planes.slice(0, size), planes.slice(size, 2 * size), width, height, preset);
        expect(flow).toHaveLength(2 * size);
        expect(flow.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("refuses planes of another size", () => {
    expect(() => disFlow(previous, next, 64, 63, DIS_PRESETS.dis_medium)).toThrow(RangeError);
  });
});
