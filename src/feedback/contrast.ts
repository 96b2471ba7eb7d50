/** Scheduled gain on the values of the fed-back picture. */

import { roundHalfEven } from "../motion/round-half-even.ts";
import { requireFinite } from "../motion/require-finite.ts";
import { type RgbImage, toByteImage } from "../tensor/image.ts";
import { pictureFloats } from "../tensor/near-kernels.ts";

export interface ContrastOptions {
  /** Let whole levels above 255 begin again at 0, as Deforum does (260 → 4). Default false: clamped. */
  readonly deforumExact?: boolean;
}

/**
 * Every value times `contrast`: a gain about black, not about mid-gray. Source: Deforum (behavior).
 *
 * @param contrast factor, 1 = unchanged
 * @returns 0–1
 * @throws RenderError when `contrast` is not finite
 */
export function adjustContrast(
  image: RgbImage,
  contrast: number,
  { deforumExact = false }: ContrastOptions = {},
): RgbImage {
  requireFinite("feedback", { contrast });
  return { ...image, data: deforumExact ? gainWrapped(image, contrast) : gain(image.data, contrast) };
}

function gain(values: Float32Array, contrast: number): Float32Array {
  const data = pictureFloats(values.length);
  for (let i = 0; i < data.length; i++) {
    const value = values[i]! * contrast;
    data[i] = value > 0 ? (value < 1 ? value : 1) : 0;
  }
  return data;
}

function gainWrapped(image: RgbImage, contrast: number): Float32Array {
  const table = Float32Array.from({ length: 256 }, (_, level) => {
    const rest = roundHalfEven(level * contrast) % 256;
    return (rest < 0 ? rest + 256 : rest) / 255;
  });
  return Float32Array.from(toByteImage(image).data, (level) => table[level]!);
}
