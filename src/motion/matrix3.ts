/** 3×3 matrices: product and inverse. */

import { RenderError } from "../errors.ts";

/** Row-major. As a homography it maps (column, row, 1), pixel centers at whole numbers, rows counted downwards. */
export type Matrix3 = readonly [number, number, number, number, number, number, number, number, number];

/** Leaves everything where it is. */
export const IDENTITY: Matrix3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** Moves by (x, y). */
export function translationMatrix(x: number, y: number): Matrix3 {
  return [1, 0, x, 0, 1, y, 0, 0, 1];
}

/** The product `a · b`: as mappings of column vectors, `b` acts first. */
export function multiply(a: Matrix3, b: Matrix3): Matrix3 {
  const [a0, a1, a2, a3, a4, a5, a6, a7, a8] = a;
  const [b0, b1, b2, b3, b4, b5, b6, b7, b8] = b;
  return [
    a0 * b0 + a1 * b3 + a2 * b6,
    a0 * b1 + a1 * b4 + a2 * b7,
    a0 * b2 + a1 * b5 + a2 * b8,
    a3 * b0 + a4 * b3 + a5 * b6,
    a3 * b1 + a4 * b4 + a5 * b7,
    a3 * b2 + a4 * b5 + a5 * b8,
    a6 * b0 + a7 * b3 + a8 * b6,
    a6 * b1 + a7 * b4 + a8 * b7,
    a6 * b2 + a7 * b5 + a8 * b8,
  ];
}

/** The inverse, or null when the matrix flattens the plane to a line or a point. */
export function invert(matrix: Matrix3): Matrix3 | null {
  const [a, b, c, d, e, f, g, h, i] = matrix;
  const c0 = e * i - f * h;
  const c1 = f * g - d * i;
  const c2 = d * h - e * g;
  const determinant = a * c0 + b * c1 + c * c2;
  // Far below any usable zoom (1e-5 squared), far above the rounding noise of an exactly edge-on view.
  if (!(Math.abs(determinant) > 1e-12) || !Number.isFinite(determinant)) return null;
  const s = 1 / determinant;
  return [
    c0 * s,
    (c * h - b * i) * s,
    (b * f - c * e) * s,
    c1 * s,
    (a * i - c * g) * s,
    (c * d - a * f) * s,
    c2 * s,
    (b * g - a * h) * s,
    (a * e - b * d) * s,
  ];
}

/** The inverse of a move. Throws RenderError when the move flattens the picture (zoom 0, a perspective seen exactly edge-on). */
export function requireInverse(matrix: Matrix3): Matrix3 {
  const inverse = invert(matrix);
  if (inverse !== null) return inverse;
  throw new RenderError("the camera move flattens the picture to a line or a point", {
    where: "motion",
    hint: "check that motion.zoom is not 0 and that no perspective_flip angle is exactly 90",
  });
}
