// Levels computed with torchvision's flow_to_image 0.28.0, which gives those of Middlebury's program.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flowArrows } from "./flow-arrows.ts";
import { flowExtent, flowWheel } from "./flow-wheel.ts";

const VECTORS = [
  { vector: [10, 0], levels: [255, 0, 0] },
  { vector: [-10, 0], levels: [0, 209, 255] },
  { vector: [0, 10], levels: [255, 229, 0] },
  { vector: [0, -10], levels: [87, 0, 255] },
  { vector: [5, 0], levels: [255, 127, 127] },
  { vector: [-3, 4], levels: [169, 255, 127] },
  { vector: [7, 7], levels: [255, 116, 2] },
  { vector: [-7, 7], levels: [34, 255, 2] },
  { vector: [7, -7], levels: [220, 2, 255] },
  { vector: [-7, -7], levels: [2, 54, 255] },
  { vector: [0.5, 0.25], levels: [255, 244, 240] },
  { vector: [0, 0], levels: [255, 255, 255] },
  { vector: [-9.5, 0.5], levels: [12, 221, 255] },
  { vector: [2, -9], levels: [134, 19, 255] },
  { vector: [6, 8], levels: [255, 135, 0] },
] as const;

describe("a flow in the colors of the wheel", () => {
  it("has Middlebury's levels", () => {
    const flow = Float32Array.from(VECTORS.flatMap(({ vector }) => vector));
    const { data } = flowWheel(flow, { width: VECTORS.length, height: 1 }, 10);
    for (const [i, { vector, levels }] of VECTORS.entries()) {
      const found = [...data.subarray(3 * i, 3 * i + 3)];
      for (const [k, level] of levels.entries()) {
        expect(Math.abs(found[k]! - level), `${vector.join(", ")}: ${found.join(", ")}`).toBeLessThanOrEqual(
          1,
        );
      }
    }
  });

  it("is white where nothing moves, also next to nothing", () => {
    const size = { width: 4, height: 3 };
    expect(new Set(flowWheel(new Float32Array(24), size).data)).toEqual(new Set([255]));
    expect(Math.min(...flowWheel(new Float32Array(24).fill(0.01), size).data)).toBeGreaterThan(250);
  });

  it("has the same color for the same direction, paler for shorter ways", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 6.283, noNaN: true }), (angle) => {
        const [x, y] = [Math.cos(angle), Math.sin(angle)];
        const { data } = flowWheel(Float32Array.of(4 * x, 4 * y, 2 * x, 2 * y), { width: 2, height: 1 });
        for (let k = 0; k < 3; k++)
          expect(Math.abs(255 - data[3 + k]! - (255 - data[k]!) / 2)).toBeLessThan(1.5);
      }),
    );
  });
});

describe("a flow in arrows", () => {
  const size = { width: 80, height: 60 };
  const picture = { ...size, data: new Uint8Array(3 * 80 * 60).fill(200) };

  it("dims the picture and draws to the right what goes right", () => {
    const flow = new Float32Array(2 * 80 * 60).map((_, i) => (i % 2 === 0 ? 6 : 0));
    const { data } = flowArrows(flow, picture);
    const at = (x: number, y: number) => [...data.subarray(3 * (80 * y + x), 3 * (80 * y + x) + 3)];
    expect(at(0, 0)).toEqual([80, 80, 80]);
    // From the grid's first place, 4, 4, to 6 pixels right of it.
    expect(at(7, 4)).toEqual(at(5, 4));
    expect(at(7, 4)[0]).toBeGreaterThan(200);
    expect(at(7, 4)[2]).toBeLessThan(120);
    expect(at(4, 9)).toEqual([80, 80, 80]);
    expect(flowExtent(flow)).toBe(6);
  });

  it("stays inside the picture, however long the vectors are", () => {
    const flow = new Float32Array(2 * 80 * 60).map((_, i) => (i % 3) * 500 - 500);
    const { data } = flowArrows(flow, picture);
    expect(data).toHaveLength(3 * 80 * 60);
  });
});
