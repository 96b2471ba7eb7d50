/** The brightness of a picture as flow estimates take it. */

import type { ByteImage } from "../tensor/image.ts";

/** ITU-R BT.601 luma in whole levels, 0–255, `[height, width]`; equal to OpenCV's conversion but for rare roundings. */
export function grayPlane({ width, height, data }: ByteImage): Float32Array {
  const plane = new Float32Array(width * height);
  for (let pixel = 0, i = 0; pixel < plane.length; pixel++, i += 3) {
    plane[pixel] = Math.round(0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!);
  }
  return plane;
}
