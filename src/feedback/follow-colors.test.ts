import { describe, expect, it } from "vitest";
import type { RgbImage } from "../tensor/image.ts";
import { randomStream } from "../tensor/random.ts";
import { followColors } from "./follow-colors.ts";

function picture(purpose: string, tint: readonly [number, number, number]): RgbImage {
  const stream = randomStream(3, purpose);
  const data = Float32Array.from(
    { length: 3 * 256 },
    (_, i) => tint[i % 3]! * (0.2 + 0.8 * stream.uniform()),
  );
  return { width: 16, height: 16, data };
}

function light(data: Float32Array, i: number): number {
  return 0.3 * data[i]! + 0.59 * data[i + 1]! + 0.11 * data[i + 2]!;
}

const mean = ({ data }: RgbImage, channel: number): number =>
  data.reduce((sum, value, i) => (i % 3 === channel ? sum + value : sum), 0) / 256;

describe("followColors", () => {
  const gray = picture("gray", [0.5, 0.5, 0.5]);
  const orange = picture("orange", [0.6, 0.4, 0.1]);

  it("keeps every pixel's luminosity", () => {
    const followed = followColors(gray, orange);
    for (let i = 0; i < gray.data.length; i += 3) {
      expect(light(followed.data, i)).toBeCloseTo(light(gray.data, i), 5);
    }
  });

  it("takes the colors of the target", () => {
    const followed = followColors(gray, orange);
    expect(mean(followed, 0) - mean(followed, 2)).toBeGreaterThan(0.1);
    expect(Math.abs(mean(gray, 0) - mean(gray, 2))).toBeLessThan(0.03);
  });

  it("leaves a picture that follows itself", () => {
    const followed = followColors(orange, orange);
    for (const [i, value] of followed.data.entries()) expect(value).toBeCloseTo(orange.data[i]!, 2);
  });

  it("stays within black and white", () => {
    const loud = picture("loud", [1, 0, 1]);
    for (const value of followColors(loud, orange).data) {
      expect(value).toBeGreaterThanOrEqual(-1e-6);
      expect(value).toBeLessThanOrEqual(1 + 1e-6);
    }
  });
});
