import { assert, double, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { STILL as still } from "../../test/support/motion.ts";
import type { RgbImage } from "../tensor/image.ts";
import { type CameraMotion, matrix2d, rotationMatrix } from "./camera.ts";
import { inverseMotion } from "./inverse-motion.ts";
import { IDENTITY, multiply } from "./matrix3.ts";
import { warpImage } from "./warp.ts";

const STILL: CameraMotion = { ...still, aspect_ratio: 1 };

/** Soft hills of colour, so that resampling alone changes little. */
function picture(width: number, height: number): RgbImage {
  const data = Float32Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, channel] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    return 0.5 + 0.2 * Math.sin(x / 9 + channel) + 0.2 * Math.cos(y / 11 - channel);
  });
  return { width, height, data };
}

/** Largest difference within the middle half of both sides. */
function differenceInTheMiddle(a: RgbImage, b: RgbImage): number {
  let largest = 0;
  for (let y = Math.ceil(a.height / 4); y < (a.height * 3) / 4; y++) {
    for (let x = Math.ceil(a.width / 4); x < (a.width * 3) / 4; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const i = (y * a.width + x) * 3 + channel;
        largest = Math.max(largest, Math.abs(a.data[i]! - b.data[i]!));
      }
    }
  }
  return largest;
}

const number = (min: number, max: number) => double({ min, max, noNaN: true });

describe("inverseMotion", () => {
  it("gives in 2D the move whose matrix is the inverse, exactly", () => {
    const moves = record({
      angle: number(-180, 180),
      zoom: number(0.2, 5),
      translation_x: number(-300, 300),
      translation_y: number(-300, 300),
      transform_center_x: number(-1, 2),
      transform_center_y: number(-1, 2),
    });
    assert(
      property(moves, (move) => {
        const motion = { ...STILL, ...move };
        const size = { width: 96, height: 64 };
        const there = matrix2d(size, motion, null);
        const back = matrix2d(size, inverseMotion(motion, "2d"), null);
        for (const [i, value] of multiply(back, there).entries()) expect(value).toBeCloseTo(IDENTITY[i]!, 7);
      }),
    );
  });

  it("leads in 3D the camera back to where it was", () => {
    const turns = record({
      rotation_3d_x: number(-170, 170),
      rotation_3d_y: number(-89, 89),
      rotation_3d_z: number(-170, 170),
      translation_x: number(-50, 50),
      translation_y: number(-50, 50),
      translation_z: number(-50, 50),
    });
    assert(
      property(turns, (turn) => {
        const motion = { ...STILL, ...turn };
        const point = throughCamera(throughCamera([0.3, -0.7, 1.6], motion), inverseMotion(motion, "3d"));
        for (const [i, value] of [0.3, -0.7, 1.6].entries()) expect(point[i]).toBeCloseTo(value, 9);
      }),
    );
  });

  it.each([90, -90])("takes a pan by a right angle back, %i degrees", (rotation_3d_y) => {
    const motion = { ...STILL, rotation_3d_x: 20, rotation_3d_y, rotation_3d_z: 30, translation_x: 7 };
    const point = throughCamera(throughCamera([0.3, -0.7, 1.6], motion), inverseMotion(motion, "3d"));
    for (const [i, value] of [0.3, -0.7, 1.6].entries()) expect(point[i]).toBeCloseTo(value, 6);
  });

  it("takes the perspective flip back, too, in 2D exactly", () => {
    const flips = record({
      perspective_flip_theta: number(-30, 30),
      perspective_flip_phi: number(-40, 40),
      perspective_flip_gamma: number(-40, 40),
      perspective_flip_fv: number(30, 120),
      angle: number(-90, 90),
      zoom: number(0.5, 2),
      translation_x: number(-50, 50),
    });
    assert(
      property(flips, (flip) => {
        const motion = { ...STILL, ...flip };
        const size = { width: 96, height: 64 };
        const back = inverseMotion(motion, "2d", true);
        const there = matrix2d(size, motion, motion);
        const both = multiply(matrix2d(size, back, back), there);
        for (const [i, value] of both.entries()) expect(value / both[8]).toBeCloseTo(IDENTITY[i]!, 6);
        expect(inverseMotion(back, "2d", true)).not.toHaveProperty("perspective_flip_back");
      }),
    );
  });

  it("gives the picture back in its middle after a perspective flip in 3D, which comes ahead of the move and goes back after it", () => {
    const before = picture(128, 96);
    const motion = {
      ...STILL,
      perspective_flip_phi: 12,
      perspective_flip_gamma: -8,
      rotation_3d_z: 3,
      translation_x: 4,
    };
    const camera = { mode: "3d", perspectiveFlip: true } as const;
    const there = warpImage(before, motion, camera);
    expect(differenceInTheMiddle(there, before)).toBeGreaterThan(0.1);
    const again = warpImage(there, inverseMotion(motion, "3d", true), camera);
    expect(differenceInTheMiddle(again, before)).toBeLessThan(0.03);
    const { perspective_flip_back: _, ...wrongOrder } = inverseMotion(motion, "3d", true);
    expect(differenceInTheMiddle(warpImage(there, wrongOrder, camera), before)).toBeGreaterThan(0.06);
  });

  it("leaves a camera that stands still alone, without negative zeros", () => {
    expect(inverseMotion(STILL, "2d")).toEqual(STILL);
    expect(inverseMotion(STILL, "3d")).toEqual(STILL);
  });

  it.each<[string, "2d" | "3d", Partial<CameraMotion>, number]>([
    [
      "a zoom with a turn and a shift",
      "2d",
      { zoom: 1.04, angle: 3, translation_x: 4, translation_y: -2 },
      0.01,
    ],
    ["a flight forward", "3d", { translation_z: 10 }, 0.03],
    ["a pan with a move sideways", "3d", { translation_x: 8, rotation_3d_y: 2 }, 0.03],
    ["a roll", "3d", { rotation_3d_z: 4, translation_z: 4 }, 0.03],
  ])("gives the picture back in its middle after %s", (_, mode, move, tolerance) => {
    const before = picture(128, 96);
    const motion = { ...STILL, ...move };
    const there = warpImage(before, motion, { mode });
    const again = warpImage(there, inverseMotion(motion, mode), { mode });
    expect(differenceInTheMiddle(there, before)).toBeGreaterThan(2 * tolerance);
    expect(differenceInTheMiddle(again, before)).toBeLessThan(tolerance);
  });

  it("enlarges a plane flown at and left by the share that its description says", () => {
    // A column's brightness is its place, so that a row shows the scale.
    const width = 257;
    const ramp: RgbImage = {
      width,
      height: 4,
      data: Float32Array.from({ length: width * 12 }, (_, i) => (Math.floor(i / 3) % width) / (width - 1)),
    };
    const motion = { ...STILL, translation_z: 10 };
    const there = warpImage(ramp, motion, { mode: "3d", sampling: "bilinear" });
    const again = warpImage(there, inverseMotion(motion, "3d"), { mode: "3d", sampling: "bilinear" });
    const at = (column: number) => again.data[(width + column) * 3]! - 0.5;
    const [t, k] = [10 / 200, 1 / Math.tan((35 * Math.PI) / 180)];
    const share = (2 * k * t ** 2 + k ** 2 * t ** 2) / (1 - t ** 2);
    expect(share).toBeCloseTo(0.012, 3);
    expect((at(192) - at(64)) / 0.5).toBeCloseTo(1 - share, 3);
  });
});

/** A point seen by the moved camera, in the terms of warp3d: (x, y, z) · R + T. */
function throughCamera([x, y, z]: readonly number[], motion: CameraMotion): number[] {
  const { rotation_3d_x, rotation_3d_y, rotation_3d_z, translation_x, translation_y, translation_z } = motion;
  const r = rotationMatrix(rotation_3d_x, rotation_3d_y, rotation_3d_z);
  const t = [-translation_x / 200, translation_y / 200, -translation_z / 200];
  return t.map((own, j) => x! * r[j]! + y! * r[3 + j]! + z! * r[6 + j]! + own);
}
