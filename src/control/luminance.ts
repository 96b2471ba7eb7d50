/** The gray values of a picture, as ControlNets for brightness and for coloring want them. */

import type { ByteImage } from "../tensor/image.ts";

/** Weights of red, green and blue in 15 bits (ITU-R BT.601), which sum to 2^15. */
const WEIGHTS = [9798, 19_235, 3735] as const;
const SHIFT = 15;

/** Gray in all three colors, rounded; equal to OpenCV's conversion from RGB to gray. */
export function toLuminance({ width, height, data }: ByteImage): ByteImage {
  const gray = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const sum = WEIGHTS[0] * data[i]! + WEIGHTS[1] * data[i + 1]! + WEIGHTS[2] * data[i + 2]!;
    gray.fill((sum + (1 << (SHIFT - 1))) >> SHIFT, i, i + 3);
  }
  return { width, height, data: gray };
}
