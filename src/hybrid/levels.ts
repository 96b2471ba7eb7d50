/** Arithmetic on 8-bit levels as Pillow does it, which the goldens of hybrid video and of masks were made with (behavior). */

import type { ByteImage } from "../tensor/image.ts";

/** ITU-R BT.601 luma in 16-bit weights, rounded; one level per pixel. */
export function grayLevels({ data }: ByteImage): Uint8Array {
  const levels = new Uint8Array(data.length / 3);
  for (let pixel = 0, i = 0; pixel < levels.length; pixel++, i += 3) {
    levels[pixel] = (19_595 * data[i]! + 38_470 * data[i + 1]! + 7471 * data[i + 2]! + 32_768) >> 16;
  }
  return levels;
}

/** from + share · (to − from) in single precision, truncated; clamped, since the share may leave 0–1. */
export function blendLevel(from: number, to: number, share: number): number {
  const value = Math.fround(from + Math.fround(Math.fround(share) * (to - from)));
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
}

/** Times a factor about black. */
export function brightenLevels(levels: Uint8Array, factor: number): Uint8Array {
  return levels.map((level) => blendLevel(0, level, factor));
}

/** Times a factor about their mean. */
export function contrastLevels(levels: Uint8Array, factor: number): Uint8Array {
  const mean = Math.trunc(levels.reduce((sum, level) => sum + level, 0) / levels.length + 0.5);
  return levels.map((level) => blendLevel(mean, level, factor));
}
