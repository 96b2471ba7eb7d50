/** Arithmetic on 8-bit levels as Pillow does it, which the goldens of hybrid video were made with (behavior). */

import type { ByteImage } from "../tensor/image.ts";

/** ITU-R BT.601 luma in 16-bit weights, rounded; one level per pixel. */
export function grayLevels({ data }: ByteImage): Uint8Array {
  return Uint8Array.from({ length: data.length / 3 }, (_, i) => {
    const [red, green, blue] = [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!];
    return (19_595 * red + 38_470 * green + 7471 * blue + 32_768) >> 16;
  });
}

/** from + share · (to − from) in single precision, truncated; clamped, since the share may leave 0–1. */
export function blendLevel(from: number, to: number, share: number): number {
  const value = Math.fround(from + Math.fround(Math.fround(share) * (to - from)));
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
}
