import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { sharpen } from "../src/feedback/sharpen.ts";
import type { CameraMotion } from "../src/motion/camera.ts";
import { spreadSilhouettes } from "../src/motion/silhouette.ts";
import { warpImage, type WarpOptions } from "../src/motion/warp.ts";
import type { RgbImage } from "../src/tensor/image.ts";
import { STILL } from "./support/motion.ts";

/** 1.2 megabytes of floats: enough for helpers to take part. */
const [WIDTH, HEIGHT] = [400, 256];

/** Numbers 0–1 without pattern, the same on every machine. */
function numbers(count: number): Float32Array {
  let state = 7;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  });
}

const image: RgbImage = { width: WIDTH, height: HEIGHT, data: numbers(3 * WIDTH * HEIGHT) };
const depth = numbers(WIDTH * HEIGHT).map((value, i) => 1 + ((i >> 5) % 7) / 8 + value / 50);
const motion: CameraMotion = {
  ...STILL,
  angle: 7,
  zoom: 0.8,
  translation_x: 9.5,
  translation_y: -4,
  translation_z: 30,
  rotation_3d_x: 2,
  rotation_3d_y: -3,
  rotation_3d_z: 5,
  perspective_flip_theta: 4,
  perspective_flip_phi: 20,
  perspective_flip_gamma: -12,
};

const hash = (data: Float32Array): string =>
  createHash("sha256")
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest("hex")
    .slice(0, 16);

// Renders that were begun go on with the pixels that they began with. A change here is a change of PIXELS_VERSION.
describe("pixel work has had the same bits since PIXELS_VERSION 2:", () => {
  it.each<[string, string, WarpOptions]>([
    ["in 2D", "a336f31ee8b840a6", { mode: "2d" }],
    ["in 2D, edges wrapped", "73d870f90075a75e", { mode: "2d", border: "wrap" }],
    ["in 2D, flipped", "ab8e724cdfc85c96", { mode: "2d", perspectiveFlip: true }],
    ["in 3D", "dab8f628dbdce782", { mode: "3d", depth }],
    ["in 3D, on a plane", "3e01b4b7822c5f6c", { mode: "3d" }],
    ["in 3D, edges mirrored", "47e63002807707ef", { mode: "3d", depth, padding: "reflection" }],
    [
      "in 3D, bilinear before black",
      "dc12a1a051b5287d",
      { mode: "3d", depth, padding: "zeros", sampling: "bilinear" },
    ],
    [
      "in 3D, bilinear and wrapped",
      "bc4a7458d2f37ee7",
      { mode: "3d", depth, padding: "wrap", sampling: "bilinear" },
    ],
  ])("the warp %s", (_, bits, options) => {
    expect(hash(warpImage(image, motion, options).data)).toBe(bits);
  });

  it.each([
    ["finely", "22742186fadd7d29", { amount: 0.35, kernel: 5, sigma: 1, threshold: 0 }],
    ["coarsely", "164e39dd5775b1eb", { amount: 1.5, kernel: 31, sigma: 4, threshold: 6 }],
  ])("sharpening %s", (_, bits, unsharp) => {
    expect(hash(sharpen(image, unsharp).data)).toBe(bits);
  });

  it("spread silhouettes", () => {
    expect(hash(spreadSilhouettes(depth, image, motion))).toBe("598a7e7c1452d10b");
  });
});
