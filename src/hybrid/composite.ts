/** Mixes a picture of the animation with one of the video. */

import type { ByteImage } from "../tensor/image.ts";
import { blendLevel } from "./levels.ts";

/**
 * `picture` · (1 − alpha) + c · alpha, where c is the picture where the mask is white and the video where it is black. Whole levels, as in
 * Deforum.
 *
 * @param video of the same size
 * @param mask a level per pixel; null = all black
 * @param alpha 0–1; 0 = the picture as it is
 */
export function composite(
  picture: ByteImage,
  video: ByteImage,
  mask: Uint8Array | null,
  alpha: number,
): ByteImage {
  const data = picture.data.map((level, i) => {
    const over = mask ? mixLevels(level, video.data[i]!, mask[Math.floor(i / 3)]!) : video.data[i]!;
    return blendLevel(level, over, alpha);
  });
  return { ...picture, data };
}

/** a · m + b · (255 − m), divided by 255 and rounded, in whole numbers. */
function mixLevels(a: number, b: number, m: number): number {
  const sum = a * m + b * (255 - m) + 128;
  return (sum + (sum >> 8)) >> 8;
}
