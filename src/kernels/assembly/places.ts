/** Positions between pixels, as vectors of column and row in doubles. */

/** Adding it leaves a whole number, −2^31 … 2^31, in the low bits of a double. */
export const WHOLE: f64 = 6755399441055744.0;

/** Bytes from pixel (0, 0) to a pixel, by the bytes from column to column and from row to row. */
// @ts-ignore: decorator
@inline
export function offsetOf(pixel: v128, steps: v128): i32 {
  const bytes = f64x2.mul(pixel, steps);
  const sum = f64x2.add(bytes, v128.shuffle<f64>(bytes, bytes, 1, 0));
  return i32x4.extract_lane(f64x2.add(sum, f64x2.splat(WHOLE)), 0);
}

/** {@link offsetOf} for two pixels, in the even 32-bit lanes. */
// @ts-ignore: decorator
@inline
export function offsetsOf(columns: v128, rows: v128, stride: v128): v128 {
  const bytes = f64x2.add(f64x2.mul(columns, f64x2.splat(12)), f64x2.mul(rows, stride));
  return f64x2.add(bytes, f64x2.splat(WHOLE));
}

/**
 * How many of the positions from `positions` on, `count` at most, follow each other with least ≤ position < most in both; no number is not.
 *
 * Loops over pixels are of the kind that looks for its end last, and call nothing: then V8 keeps in registers what does not change.
 */
// @ts-ignore: decorator
@inline
export function countWithin(positions: usize, count: i32, least: v128, most: v128): i32 {
  let within = 0;
  do {
    const position = v128.load(positions);
    const isWithin = v128.and(f64x2.ge(position, least), f64x2.lt(position, most));
    if (i64x2.bitmask(isWithin) != 3) break;
    positions += 16;
    within++;
  } while (within < count);
  return within;
}

/** Positions further than this outside of a picture see nothing but what lies outside. */
const REACH: f64 = 3.0;

/** The nearest position that is at most three pixels outside of a picture; for no number, the first. */
// @ts-ignore: decorator
@inline
export function nearPicture(position: v128, width: i32, height: i32): v128 {
  const high = f64x2(<f64>width + REACH - 2, <f64>height + REACH - 2);
  return f64x2.pmin(high, f64x2.pmax(f64x2.splat(-REACH), position));
}

/** Beyond this a position is as good as infinitely far; keeps whole-number arithmetic exact. */
const FAR: f64 = 1e9;

/** A position that whole numbers can count; 0 for no number, which is met only at the limits of floating point. */
// @ts-ignore: decorator
@inline
export function reachable(position: f64): f64 {
  return position > FAR ? FAR : position > -FAR ? position : isNaN(position) ? 0 : -FAR;
}
