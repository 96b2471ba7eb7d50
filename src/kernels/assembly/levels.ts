/** Levels of 8 bits to floats of 0–1 and back, sixteen at a time. */

import { WHOLE } from "./places";

/** 1/255 in two parts, of which the first times a level is exact: the sum of both products is the float next to level / 255 for all levels. */
const SHARE_HIGH: f32 = 0.0039215087890625;
const SHARE_LOW: f32 = 5.983839201917363e-8;

/**
 * level / 255.
 *
 * @param levels `count` bytes; up to 15 after them are read
 * @param output `count` floats; up to 15 after them are overwritten
 */
export function floatsFromLevels(levels: usize, count: i32, output: usize): void {
  const end = levels + count;
  for (; levels < end; levels += 16, output += 64) {
    const bytes = v128.load(levels);
    const low = i16x8.extend_low_i8x16_u(bytes);
    const high = i16x8.extend_high_i8x16_u(bytes);
    v128.store(output, shareOf(i32x4.extend_low_i16x8_u(low)));
    v128.store(output, shareOf(i32x4.extend_high_i16x8_u(low)), 16);
    v128.store(output, shareOf(i32x4.extend_low_i16x8_u(high)), 32);
    v128.store(output, shareOf(i32x4.extend_high_i16x8_u(high)), 48);
  }
}

// @ts-ignore: decorator
@inline
function shareOf(levels: v128): v128 {
  const value = f32x4.convert_i32x4_s(levels);
  return f32x4.add(
    f32x4.mul(value, f32x4.splat(SHARE_HIGH)),
    f32x4.mul(value, f32x4.splat(SHARE_LOW)),
  );
}

/**
 * Clamped to 0–1 (no number = 0) and rounded half up.
 *
 * @param floats `count` floats; up to 15 after them are read
 * @param output `count` bytes; up to 15 after them are overwritten
 */
export function levelsFromFloats(floats: usize, count: i32, output: usize): void {
  const end = output + count;
  for (; output < end; floats += 64, output += 16) {
    const low = i16x8.narrow_i32x4_s(levelsOf(v128.load(floats)), levelsOf(v128.load(floats, 16)));
    const high = i16x8.narrow_i32x4_s(levelsOf(v128.load(floats, 32)), levelsOf(v128.load(floats, 48)));
    v128.store(output, i8x16.narrow_i16x8_u(low, high));
  }
}

// @ts-ignore: decorator
@inline
function levelsOf(values: v128): v128 {
  const clamped = f32x4.pmin(f32x4.splat(1), f32x4.pmax(f32x4.splat(0), values));
  const first = wholeOf(f64x2.promote_low_f32x4(clamped));
  const second = wholeOf(f64x2.promote_low_f32x4(v128.shuffle<f32>(clamped, clamped, 2, 3, 2, 3)));
  return v128.shuffle<i32>(first, second, 0, 2, 4, 6);
}

/** In doubles, where the product is exact. */
// @ts-ignore: decorator
@inline
function wholeOf(values: v128): v128 {
  const level = f64x2.add(f64x2.mul(values, f64x2.splat(255)), f64x2.splat(0.5));
  return f64x2.add(f64x2.floor(level), f64x2.splat(WHOLE));
}
