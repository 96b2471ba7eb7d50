/** Moves a picture by a 3×3 matrix: rotation, zoom, shift, perspective. */

import type { RgbImage } from "../tensor/image.ts";
import { type CameraView, type LocateRow, locateRows } from "./camera-view.ts";
import { type Matrix3, requireInverse } from "./matrix3.ts";
import type { Padding } from "./padding.ts";
import { resample } from "./sampling.ts";

/**
 * Bilinear, as Deforum.
 *
 * @param matrix forward: source pixel → destination pixel
 * @param padding Deforum's replicate is `border`
 * @returns a picture of the same size
 * @throws RenderError when the matrix flattens the picture (zoom 0, a perspective seen exactly edge-on)
 */
export function warp2d(image: RgbImage, matrix: Matrix3, padding: Padding = "border"): RgbImage {
  return resample(image, viewByMatrix(matrix), "bilinear", padding);
}

/**
 * Where each pixel of a picture moved by `matrix` comes from.
 *
 * @throws RenderError as {@link warp2d}
 */
export function viewByMatrix(matrix: Matrix3): CameraView {
  return { kind: "matrix", numbers: requireInverse(matrix), depth: null };
}

/** {@link viewByMatrix}, row by row. */
export function locateByMatrix(matrix: Matrix3): LocateRow {
  return locateRows(viewByMatrix(matrix));
}
