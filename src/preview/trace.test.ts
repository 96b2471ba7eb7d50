import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STILL } from "../../test/support/motion.ts";
import { startTrace, moveTrace, visitMeshes, wornShare } from "./trace.ts";
import { cameraMoves } from "./camera-moves.ts";
import { warpImage } from "../motion/warp.ts";

const SIZE = { width: 64, height: 40 };

describe("a trace", () => {
  it("visits every pixel once, whatever the step", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (width, height, step) => {
          const seen = new Uint8Array(width * height);
          visitMeshes(startTrace({ width, height }, step), (mesh) => {
            for (let y = mesh.top; y < mesh.bottom; y++)
              for (let x = mesh.left; x < mesh.right; x++) seen[y * width + x]!++;
          });
          expect(seen.every((count) => count === 1)).toBe(true);
        },
      ),
    );
  });

  it.each([
    ["a 2D move", "2d", { angle: 3, zoom: 1.05, translation_x: 2.5, translation_y: -1 }],
    ["a 3D move", "3d", { translation_x: 4, translation_z: 6, rotation_3d_y: 1, rotation_3d_z: 2 }],
  ] as const)("goes where the frame loop's warp goes: %s", (_, mode, numbers) => {
    const motion = { ...STILL, ...numbers };
    const moves = cameraMoves(SIZE, motion, { mode }, null);
    const trace = startTrace(SIZE, 1);
    for (const move of moves) moveTrace(trace, move);
    // A picture whose colors are its positions, moved as pixels.
    const data = new Float32Array(3 * SIZE.width * SIZE.height);
    for (let i = 0; i < SIZE.width * SIZE.height; i++) {
      data[3 * i] = (i % SIZE.width) / 64;
      data[3 * i + 1] = Math.floor(i / SIZE.width) / 64;
    }
    const warped = warpImage({ ...SIZE, data }, motion, { mode, sampling: "bilinear" });
    for (let y = 8; y < 32; y++) {
      for (let x = 8; x < 56; x++) {
        const i = y * SIZE.width + x;
        expect(trace.places[2 * i]).toBeCloseTo(warped.data[3 * i]! * 64, 3);
        expect(trace.places[2 * i + 1]).toBeCloseTo(warped.data[3 * i + 1]! * 64, 3);
      }
    }
  });

  it("continues the world evenly where it comes in at an edge", () => {
    const [move] = cameraMoves(SIZE, { ...STILL, translation_x: -3 }, { mode: "2d" }, null);
    const trace = startTrace(SIZE, 8);
    for (let frame = 0; frame < 1000; frame++) moveTrace(trace, move!);
    for (let i = 0; i < trace.places.length / 2; i++) {
      expect(trace.places[2 * i]).toBeCloseTo(3000 + Math.min(8 * (i % trace.columns), 63), 4);
    }
  });

  it("stays finite through moves that no picture survives", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -90, max: 90, noNaN: true }),
        fc.double({ min: -400, max: 400, noNaN: true }),
        (turn, way) => {
          const motion = { ...STILL, rotation_3d_x: turn, rotation_3d_y: way / 5, translation_z: way };
          const [move] = cameraMoves(SIZE, motion, { mode: "3d" }, null);
          const trace = startTrace(SIZE, 8);
          for (let frame = 0; frame < 50; frame++) moveTrace(trace, move!);
          expect(trace.places.every(Number.isFinite)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("is worn where it is stretched or enlarged too far, and not before", () => {
    const after = (zoom: number) => {
      const trace = startTrace(SIZE, 8);
      moveTrace(trace, cameraMoves(SIZE, { ...STILL, zoom }, { mode: "2d" }, null)[0]!);
      return trace;
    };
    expect(wornShare(after(4), 5)).toBe(0);
    expect(wornShare(after(6), 5)).toBe(1);
    expect(wornShare(after(6), Infinity)).toBe(0);
    const squeezed = startTrace(SIZE, 8);
    for (let i = 0; i < squeezed.places.length; i += 2) squeezed.places[i]! *= 4;
    expect(wornShare(squeezed, 5)).toBe(1);
  });
});
