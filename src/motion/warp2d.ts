/** Moves a picture by a 3×3 matrix: rotation, zoom, shift, perspective. */

import { RenderError } from "../errors.ts";
import type { RgbImage } from "../tensor/image.ts";
import { invert, type Matrix3 } from "./matrix3.ts";
import type { Padding } from "./padding.ts";
import { type LocateRow, resample } from "./sampling.ts";

/**
 * Bilinear, as Deforum.
 *
 * @param matrix forward: source pixel → destination pixel
 * @param padding Deforum's replicate is `border`
 * @returns a picture of the same size
 * @throws RenderError when the matrix flattens the picture (zoom 0, a perspective seen exactly edge-on)
 */
export function warp2d(image: RgbImage, matrix: Matrix3, padding: Padding = "border"): RgbImage {
  return resample(image, locateByMatrix(matrix), "bilinear", padding);
}

/**
 * Where each pixel of a picture moved by `matrix` comes from.
 *
 * @throws RenderError as {@link warp2d}
 */
export function locateByMatrix(matrix: Matrix3): LocateRow {
  const inverse = invert(matrix);
  if (inverse === null) {
    throw new RenderError("the camera move flattens the picture to a line or a point", {
      where: "motion",
      hint: "check that motion.zoom is not 0 and that no perspective_flip angle is exactly 90",
    });
  }
  const [a, b, c, d, e, f, g, h, i] = inverse;
  const affine = g === 0 && h === 0;
  return (row, positions) => {
    const x = b * row + c;
    const y = e * row + f;
    const w = h * row + i;
    for (let column = 0, p = 0; p < positions.length; column++, p += 2) {
      // On the horizon line itself the position is infinite: just before it, it is only far.
      const scale = 1 / (affine ? i : g * column + w || Number.EPSILON);
      positions[p] = (a * column + x) * scale;
      positions[p + 1] = (d * column + y) * scale;
    }
  };
}
