/** Pictures in shades of gray: one number per pixel as a picture of three equal colors, and back. */

import type { RgbImage } from "./image.ts";
import { unsetFloats } from "./unset-floats.ts";

/** @param shades 0–1, `height * width` */
export function grayPicture(
  shades: Float32Array,
  { width, height }: { readonly width: number; readonly height: number },
): RgbImage {
  const data = unsetFloats(3 * shades.length);
  for (let i = 0, o = 0; o < data.length; i++, o += 3) {
    const shade = shades[i]!;
    data[o] = shade;
    data[o + 1] = shade;
    data[o + 2] = shade;
  }
  return { width, height, data };
}

/** The shades of a gray picture, `height * width`. */
export function shadesOf({ data }: RgbImage): Float32Array {
  const shades = unsetFloats(data.length / 3);
  for (let i = 0, s = 0; i < shades.length; i++, s += 3) shades[i] = data[s]!;
  return shades;
}
