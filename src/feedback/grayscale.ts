/** Shades of gray, for renders that should have no color. */

import type { RgbImage } from "../tensor/image.ts";

export interface GrayscaleOptions {
  /** Round to whole 8-bit levels. Default false. */
  readonly deforumExact?: boolean;
}

/** Luma of ITU-R BT.601 (0.299 R + 0.587 G + 0.114 B) in all three channels. */
export function toGrayscale(image: RgbImage, { deforumExact = false }: GrayscaleOptions = {}): RgbImage {
  const data = new Float32Array(image.data.length);
  for (let i = 0; i < data.length; i += 3) {
    const luma = 0.299 * image.data[i]! + 0.587 * image.data[i + 1]! + 0.114 * image.data[i + 2]!;
    data.fill(deforumExact ? Math.round(luma * 255) / 255 : luma, i, i + 3);
  }
  return { ...image, data };
}
