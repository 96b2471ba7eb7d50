/** RGB to CIE L*a*b* and back, four pixels at a time; curves are tables. Scales and sources: ../../feedback/color-space.ts. */

import { awaitRows } from "./arrival";

const DARK: f32 = 0.008856;
const DARK_SLOPE: f32 = 7.787;
const DARK_OFFSET: f32 = 16.0 / 116.0;

/** What a conversion needs to know: eight words, written by ../../feedback/color-space.ts. */
@unmanaged
export class LabMove {
  /** `[rows, width, 3]` floats. */
  picture: usize;
  width: i32;
  /** Whether to L*a*b*; else from it. */
  isForth: i32;
  /** Nine floats. */
  matrix: usize;
  /** Tables, and their steps; on the way back the second is not looked at. */
  first: usize;
  firstSteps: i32;
  second: usize;
  secondSteps: i32;
}

/** @param output `[last − first, width, 3]` floats; up to three pixels more are overwritten unless the width is a multiple of four */
export function convertRows(move: LabMove, first: i32, last: i32, output: usize): void {
  const rowBytes: usize = 12 * move.width;
  awaitRows(last);
  for (let row = first; row < last; row++, output += rowBytes) {
    memory.copy(output, move.picture + rowBytes * row, rowBytes);
    if (move.isForth != 0) {
      labFromRgbRow(output, move.width, move.matrix, move.first, move.firstSteps, move.second, move.secondSteps);
    } else {
      rgbFromLabRow(output, move.width, move.matrix, move.first, move.firstSteps);
    }
  }
}

/**
 * @param pixels `[count, 3]` floats, replaced; up to three pixels after them are overwritten
 * @param matrix nine floats, row by row: linear RGB to shares of white
 * @param linear table of `linearSteps` + 2 floats over 0–1: sRGB to linear
 * @param lightness likewise: share of white to lightness
 */
function labFromRgbRow(
  pixels: usize,
  count: i32,
  matrix: usize,
  linear: usize,
  linearSteps: i32,
  lightness: usize,
  lightnessSteps: i32,
): void {
  for (let pixel = 0; pixel < count; pixel += 4, pixels += 48) {
    const v0 = look(linear, linearSteps, v128.load(pixels));
    const v1 = look(linear, linearSteps, v128.load(pixels, 16));
    const v2 = look(linear, linearSteps, v128.load(pixels, 32));
    const r = first(v0, v1, v2);
    const g = second(v0, v1, v2);
    const b = third(v0, v1, v2);
    const x = look(lightness, lightnessSteps, weigh(matrix, r, g, b));
    const y = look(lightness, lightnessSteps, weigh(matrix + 12, r, g, b));
    const z = look(lightness, lightnessSteps, weigh(matrix + 24, r, g, b));
    const l = f32x4.mul(f32x4.splat(2.55), f32x4.sub(f32x4.mul(f32x4.splat(116), y), f32x4.splat(16)));
    const toRed = f32x4.add(f32x4.mul(f32x4.splat(500), f32x4.sub(x, y)), f32x4.splat(128));
    const toYellow = f32x4.add(f32x4.mul(f32x4.splat(200), f32x4.sub(y, z)), f32x4.splat(128));
    storeTriples(pixels, l, toRed, toYellow);
  }
}

/** The way back: `matrix` from shares of white to linear RGB, `curve` from linear to sRGB. */
function rgbFromLabRow(pixels: usize, count: i32, matrix: usize, curve: usize, steps: i32): void {
  for (let pixel = 0; pixel < count; pixel += 4, pixels += 48) {
    const v0 = v128.load(pixels);
    const v1 = v128.load(pixels, 16);
    const v2 = v128.load(pixels, 32);
    const half = f32x4.splat(128);
    const l = f32x4.mul(f32x4.add(f32x4.mul(first(v0, v1, v2), f32x4.splat(1.0 / 2.55)), f32x4.splat(16)), f32x4.splat(1.0 / 116.0));
    const toRed = f32x4.mul(f32x4.sub(second(v0, v1, v2), half), f32x4.splat(1.0 / 500.0));
    const toYellow = f32x4.mul(f32x4.sub(third(v0, v1, v2), half), f32x4.splat(1.0 / 200.0));
    const x = shareOfWhite(f32x4.add(l, toRed));
    const y = shareOfWhite(l);
    const z = shareOfWhite(f32x4.sub(l, toYellow));
    const r = look(curve, steps, weigh(matrix, x, y, z));
    const g = look(curve, steps, weigh(matrix + 12, x, y, z));
    const b = look(curve, steps, weigh(matrix + 24, x, y, z));
    storeTriples(pixels, r, g, b);
  }
}

// @ts-ignore: decorator
@inline
function shareOfWhite(lightness: v128): v128 {
  const share = f32x4.mul(lightness, f32x4.mul(lightness, lightness));
  const dark = f32x4.mul(f32x4.sub(lightness, f32x4.splat(DARK_OFFSET)), f32x4.splat(1 / DARK_SLOPE));
  return v128.bitselect(share, dark, f32x4.gt(share, f32x4.splat(DARK)));
}

/** The curve at four values, clamped to 0–1 (no number = 0), on the line between two steps. */
// @ts-ignore: decorator
@inline
function look(curve: usize, steps: i32, value: v128): v128 {
  const clamped = f32x4.pmin(f32x4.splat(1), f32x4.pmax(f32x4.splat(0), value));
  const position = f32x4.mul(clamped, f32x4.splat(<f32>steps));
  const index = i32x4.trunc_sat_f32x4_s(position);
  const share = f32x4.sub(position, f32x4.convert_i32x4_s(index));
  const a = v128.load64_zero(curve + (<usize>i32x4.extract_lane(index, 0) << 2));
  const b = v128.load64_zero(curve + (<usize>i32x4.extract_lane(index, 1) << 2));
  const c = v128.load64_zero(curve + (<usize>i32x4.extract_lane(index, 2) << 2));
  const d = v128.load64_zero(curve + (<usize>i32x4.extract_lane(index, 3) << 2));
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const low = v128.shuffle<f64>(ab, cd, 0, 2);
  const high = v128.shuffle<f64>(ab, cd, 1, 3);
  return f32x4.add(low, f32x4.mul(share, f32x4.sub(high, low)));
}

// @ts-ignore: decorator
@inline
function weigh(row: usize, a: v128, b: v128, c: v128): v128 {
  return f32x4.add(
    f32x4.add(f32x4.mul(v128.load32_splat(row), a), f32x4.mul(v128.load32_splat(row + 4), b)),
    f32x4.mul(v128.load32_splat(row + 8), c),
  );
}

// @ts-ignore: decorator
@inline
function first(v0: v128, v1: v128, v2: v128): v128 {
  return v128.shuffle<f32>(v128.shuffle<f32>(v0, v1, 0, 3, 6, 6), v2, 0, 1, 2, 5);
}

// @ts-ignore: decorator
@inline
function second(v0: v128, v1: v128, v2: v128): v128 {
  return v128.shuffle<f32>(v128.shuffle<f32>(v0, v1, 1, 4, 7, 7), v2, 0, 1, 2, 6);
}

// @ts-ignore: decorator
@inline
function third(v0: v128, v1: v128, v2: v128): v128 {
  return v128.shuffle<f32>(v128.shuffle<f32>(v0, v1, 2, 5, 5, 5), v2, 0, 1, 4, 7);
}

// @ts-ignore: decorator
@inline
function storeTriples(output: usize, a: v128, b: v128, c: v128): void {
  const low = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const high = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const middle = v128.shuffle<f32>(low, c, 3, 5, 3, 5);
  v128.store(output, v128.shuffle<f32>(low, c, 0, 1, 4, 2));
  v128.store(output, v128.shuffle<f32>(middle, high, 0, 1, 4, 5), 16);
  v128.store(output, v128.shuffle<f32>(c, high, 2, 6, 7, 3), 32);
}
