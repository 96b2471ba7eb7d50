import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STILL } from "./support/motion.ts";
import { matchColors } from "../src/feedback/color-match.ts";
import { adjustContrast } from "../src/feedback/contrast.ts";
import { addNoise } from "../src/feedback/noise.ts";
import { sharpen } from "../src/feedback/sharpen.ts";
import { warpImage } from "../src/motion/warp.ts";
import type { RgbImage } from "../src/tensor/image.ts";
import { nearKernels, pictureFloats } from "../src/tensor/near-kernels.ts";
import { normalNoise } from "../src/tensor/random.ts";

function picture(seed: number, width: number, height: number): RgbImage {
  const data = normalNoise(seed, "test", 3 * width * height).map((value) => 0.5 + 0.2 * value);
  return { width, height, data };
}

const CAMERA = { ...STILL, angle: 3, zoom: 1.04, translation_x: 2, rotation_3d_y: 2, translation_z: 5 };

function prepare(image: RgbImage, reference: RgbImage, mode: "2d" | "3d"): RgbImage {
  const moved = warpImage(image, CAMERA, { mode });
  const matched = adjustContrast(matchColors(moved, reference, "lab"), 1.05);
  return addNoise(sharpen(matched, { amount: 0.3, kernel: 5, sigma: 1, threshold: 0 }), 0.1, 7);
}

function expectSameBits(one: RgbImage, other: RgbImage): void {
  expect(one.data.buffer).toBeInstanceOf(ArrayBuffer);
  expect(Buffer.compare(Buffer.from(one.data.buffer), Buffer.from(other.data.buffer))).toBe(0);
}

describe("nearKernels", () => {
  it("makes the same picture in memory of its own, whatever its size and however many fit", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 8 }),
        fc.constantFrom("2d", "3d"),
        (width, height, count, mode) => {
          const [image, reference] = [picture(1, width, height), picture(2, 32, 32)];
          const near = nearKernels(count, image, () => prepare(image, reference, mode));
          expectSameBits(near, prepare(image, reference, mode));
        },
      ),
    );
  });

  it("gives the same bits while helpers come, take part and sleep", async () => {
    const [image, reference] = [picture(1, 512, 400), picture(2, 64, 64)];
    const expected = { "2d": prepare(image, reference, "2d"), "3d": prepare(image, reference, "3d") };
    for (let round = 0; round < 12; round++) {
      const mode = round % 2 === 0 ? "2d" : "3d";
      expectSameBits(
        nearKernels(6, image, () => prepare(image, reference, mode)),
        expected[mode],
      );
      if (round % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it("hands the result of inner work to outer work without mixing their pictures up", () => {
    const image = picture(3, 48, 48);
    const far = warpImage(warpImage(image, CAMERA, { mode: "2d" }), CAMERA, { mode: "2d" });
    const near = nearKernels(3, image, () => {
      const once = nearKernels(2, image, () => warpImage(image, CAMERA, { mode: "2d" }));
      return warpImage(once, CAMERA, { mode: "2d" });
    });
    expectSameBits(near, far);
  });

  it("leaves a picture from elsewhere as it is", () => {
    const image = picture(4, 5, 5);
    expect(nearKernels(1, image, () => image)).toBe(image);
  });

  it("is over after an error", () => {
    expect(() =>
      nearKernels(1, picture(5, 8, 8), () => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(pictureFloats(3).buffer).toBeInstanceOf(ArrayBuffer);
  });
});
