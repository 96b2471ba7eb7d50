/** For tests: small pictures from a formula. */

import type { ByteImage } from "../../src/tensor/image.ts";
import { randomStream } from "../../src/tensor/random.ts";

/** A picture of the colors `color(x, y)`, each `[R, G, B]` of 0–255. */
export function paint(
  width: number,
  height: number,
  color: (x: number, y: number) => readonly number[],
): ByteImage {
  const data = new Uint8ClampedArray(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(color(x, y), 3 * (y * width + x));
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}

/** Colored disks on a colored ground, all from the seed; `shift` moves them, in pixels. */
export function disks(width: number, height: number, seed: number, shift = 0): ByteImage {
  const dice = randomStream(seed, "disks");
  const color = () => [0, 1, 2].map(() => 20 + 215 * dice.uniform());
  const ground = color();
  const all = Array.from({ length: 14 }, () => ({
    x: dice.uniform() * width,
    y: dice.uniform() * height,
    radius: (0.06 + 0.12 * dice.uniform()) * Math.min(width, height),
    color: color(),
  }));
  return paint(width, height, (x, y) => {
    const hit = all.find((disk) => (x - disk.x - shift) ** 2 + (y - disk.y) ** 2 < disk.radius ** 2);
    return hit?.color ?? ground;
  });
}

/** One picture over another: `share` of the second. */
export function mix(one: ByteImage, other: ByteImage, share: number): ByteImage {
  const data = one.data.map((value, i) => Math.round(value * (1 - share) + other.data[i]! * share));
  return { ...one, data };
}
