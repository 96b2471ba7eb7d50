/** Looks pixels up between the pixels of a picture: a row of bilinear or bicubic samples. */

/** Keys' parameter; torch and OpenCV use −0.75. */
const KEYS: f64 = -0.75;

/** Adding it leaves a whole number, −2^31 … 2^31, in the low bits of a double. */
const WHOLE: f64 = 6755399441055744.0;

/** Positions further than this outside see nothing but the margin. */
const REACH: f64 = 3.0;

/**
 * @param picture place of pixel (0, 0) of a picture of three floats per pixel, with a margin of four pixels on all sides
 * @param stride bytes from row to row
 * @param positions `[count, 2]` doubles: column and row, pixel centers at whole numbers
 * @param output `[count, 3]` floats, and one float more that is overwritten
 * @param outside words: the indices of positions beyond the margin, whose output is not to be used
 * @returns how many there are
 */
export function bilinearRow(
  picture: usize,
  stride: i32,
  width: i32,
  height: i32,
  positions: usize,
  count: i32,
  output: usize,
  outside: usize,
): i32 {
  const low = f64x2.splat(-REACH);
  const high = farthest(width, height);
  const steps = f64x2(12, <f64>stride);
  let beyond = 0;
  for (let i = 0; i < count; i++, positions += 16, output += 12) {
    const position = v128.load(positions);
    const near = f64x2.pmin(high, f64x2.pmax(low, position));
    if (v128.any_true(f64x2.ne(near, position))) {
      store<i32>(outside + (beyond << 2), i);
      beyond++;
    }
    const corner = f64x2.floor(near);
    const shares = f32x4.demote_f64x2_zero(f64x2.sub(near, corner));
    const across = v128.shuffle<f32>(shares, shares, 0, 0, 0, 0);
    const down = v128.shuffle<f32>(shares, shares, 1, 1, 1, 1);
    const above = picture + offsetOf(corner, steps);
    const below = above + stride;
    const aboveLeft = v128.load(above);
    const belowLeft = v128.load(below);
    const upper = f32x4.add(aboveLeft, f32x4.mul(across, f32x4.sub(v128.load(above, 12), aboveLeft)));
    const lower = f32x4.add(belowLeft, f32x4.mul(across, f32x4.sub(v128.load(below, 12), belowLeft)));
    v128.store(output, f32x4.add(upper, f32x4.mul(down, f32x4.sub(lower, upper))));
  }
  return beyond;
}

/** As {@link bilinearRow}, by Keys' kernel over 4×4 pixels, clamped to 0–1. */
export function bicubicRow(
  picture: usize,
  stride: i32,
  width: i32,
  height: i32,
  positions: usize,
  count: i32,
  output: usize,
  outside: usize,
): i32 {
  const low = f64x2.splat(-REACH);
  const high = farthest(width, height);
  const steps = f64x2(12, <f64>stride);
  const one = f64x2.splat(1);
  const keys = f64x2.splat(KEYS);
  let beyond = 0;
  for (let i = 0; i < count; i++, positions += 16, output += 12) {
    const position = v128.load(positions);
    const near = f64x2.pmin(high, f64x2.pmax(low, position));
    if (v128.any_true(f64x2.ne(near, position))) {
      store<i32>(outside + (beyond << 2), i);
      beyond++;
    }
    const corner = f64x2.floor(near);
    // The weights of both directions at once, in doubles, so that they sum to 1.
    const t = f64x2.sub(near, corner);
    const s = f64x2.sub(one, t);
    const bend = f64x2.mul(keys, f64x2.mul(t, s));
    const before = f64x2.mul(bend, s);
    const beyondNext = f64x2.mul(bend, t);
    const slope = f64x2.sub(f64x2.mul(f64x2.splat(KEYS + 2), t), f64x2.splat(KEYS + 3));
    const at = f64x2.add(f64x2.mul(f64x2.mul(slope, t), t), one);
    const next = f64x2.sub(f64x2.sub(f64x2.sub(one, before), at), beyondNext);
    const w0 = f32x4.demote_f64x2_zero(before);
    const w1 = f32x4.demote_f64x2_zero(at);
    const w2 = f32x4.demote_f64x2_zero(next);
    const w3 = f32x4.demote_f64x2_zero(beyondNext);
    const x0 = v128.shuffle<f32>(w0, w0, 0, 0, 0, 0);
    const x1 = v128.shuffle<f32>(w1, w1, 0, 0, 0, 0);
    const x2 = v128.shuffle<f32>(w2, w2, 0, 0, 0, 0);
    const x3 = v128.shuffle<f32>(w3, w3, 0, 0, 0, 0);

    let row = picture + offsetOf(corner, steps) - stride - 12;
    let sum = f32x4.mul(v128.shuffle<f32>(w0, w0, 1, 1, 1, 1), alongRow(row, x0, x1, x2, x3));
    row += stride;
    sum = f32x4.add(sum, f32x4.mul(v128.shuffle<f32>(w1, w1, 1, 1, 1, 1), alongRow(row, x0, x1, x2, x3)));
    row += stride;
    sum = f32x4.add(sum, f32x4.mul(v128.shuffle<f32>(w2, w2, 1, 1, 1, 1), alongRow(row, x0, x1, x2, x3)));
    row += stride;
    sum = f32x4.add(sum, f32x4.mul(v128.shuffle<f32>(w3, w3, 1, 1, 1, 1), alongRow(row, x0, x1, x2, x3)));
    v128.store(output, f32x4.pmin(f32x4.splat(1), f32x4.pmax(f32x4.splat(0), sum)));
  }
  return beyond;
}

/** Four pixels next to each other, weighted. */
// @ts-ignore: decorator
@inline
function alongRow(pixel: usize, x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const left = f32x4.add(f32x4.mul(x0, v128.load(pixel)), f32x4.mul(x1, v128.load(pixel, 12)));
  const right = f32x4.add(f32x4.mul(x2, v128.load(pixel, 24)), f32x4.mul(x3, v128.load(pixel, 36)));
  return f32x4.add(left, right);
}

// @ts-ignore: decorator
@inline
function farthest(width: i32, height: i32): v128 {
  return f64x2(<f64>width + REACH - 2, <f64>height + REACH - 2);
}

/** Bytes from pixel (0, 0) to a pixel. */
// @ts-ignore: decorator
@inline
function offsetOf(pixel: v128, steps: v128): i32 {
  const bytes = f64x2.mul(pixel, steps);
  const sum = f64x2.add(bytes, v128.shuffle<f64>(bytes, bytes, 1, 0));
  return i32x4.extract_lane(f64x2.add(sum, f64x2.splat(WHOLE)), 0);
}
