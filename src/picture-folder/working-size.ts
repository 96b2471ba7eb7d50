/** The size at which the model draws a picture of any shape. */

import { LIMITS } from "../limits.ts";
import type { PictureSize } from "../tensor/picture-file.ts";

/** Pixels per latent cell of every family. */
const STEP = 8;
/** Limits of the setting `size`. */
const SMALLEST = 64;

/**
 * The size of about the area of `target` in the shape of `own`: sides are the nearest multiples of 8, from 64 to 2048. What rounding stretches is
 * taken back when the result gets the picture's own size.
 *
 * @param own pixels, ≥ 1 each
 * @param target the setting `size`, of which only the area counts
 */
export function workingSize(own: PictureSize, target: PictureSize): PictureSize {
  const scale = Math.sqrt((target.width * target.height) / (own.width * own.height));
  const side = (pixels: number): number =>
    Math.min(LIMITS.settings.pictureSide, Math.max(SMALLEST, Math.round((pixels * scale) / STEP) * STEP));
  return { width: side(own.width), height: side(own.height) };
}
