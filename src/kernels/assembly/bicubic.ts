/** Bicubic samples of a row of positions, by Keys' kernel over 4×4 pixels, clamped to 0–1. */

import { nearPicture, offsetOf, reachable } from "./places";
import { BLOCK_STRIDE, gather, isEndless, Source, sumTaps, WEIGHTS_X, WEIGHTS_Y } from "./taps";

/** Keys' parameter; torch and OpenCV use −0.75, Pillow −0.5. */
const KEYS: f64 = -0.75;

/** Samples that need no pixel from outside, see ./sample.ts. */
export function bicubicInside(source: Source, positions: usize, count: i32, output: usize): void {
  if (count == 0) return;
  const stride = 12 * source.width;
  const picture = source.picture - stride - 12;
  const steps = f64x2(12, <f64>stride);
  const end = positions + 16 * count;
  do {
    const position = v128.load(positions);
    const corner = f64x2.floor(position);
    v128.store(output, weigh(picture + offsetOf(corner, steps), stride, f64x2.sub(position, corner)));
    positions += 16;
    output += 12;
  } while (positions < end);
}

/** 4×4 pixels, by how far right and down of the second one in the second row. */
// @ts-ignore: decorator
@inline
function weigh(row: usize, stride: usize, t: v128): v128 {
  // The weights of both directions at once, in doubles, so that they sum to 1.
  const one = f64x2.splat(1);
  const s = f64x2.sub(one, t);
  const bend = f64x2.mul(f64x2.splat(KEYS), f64x2.mul(t, s));
  const before = f64x2.mul(bend, s);
  const beyond = f64x2.mul(bend, t);
  const slope = f64x2.sub(f64x2.mul(f64x2.splat(KEYS + 2), t), f64x2.splat(KEYS + 3));
  const at = f64x2.add(f64x2.mul(f64x2.mul(slope, t), t), one);
  const next = f64x2.sub(f64x2.sub(f64x2.sub(one, before), at), beyond);
  const w0 = f32x4.demote_f64x2_zero(before);
  const w1 = f32x4.demote_f64x2_zero(at);
  const w2 = f32x4.demote_f64x2_zero(next);
  const w3 = f32x4.demote_f64x2_zero(beyond);
  const x0 = v128.shuffle<f32>(w0, w0, 0, 0, 0, 0);
  const x1 = v128.shuffle<f32>(w1, w1, 0, 0, 0, 0);
  const x2 = v128.shuffle<f32>(w2, w2, 0, 0, 0, 0);
  const x3 = v128.shuffle<f32>(w3, w3, 0, 0, 0, 0);

  let sum = f32x4.mul(v128.shuffle<f32>(w0, w0, 1, 1, 1, 1), alongRow(row, x0, x1, x2, x3));
  row += stride;
  sum = f32x4.add(sum, f32x4.mul(v128.shuffle<f32>(w1, w1, 1, 1, 1, 1), alongRow(row, x0, x1, x2, x3)));
  row += stride;
  sum = f32x4.add(sum, f32x4.mul(v128.shuffle<f32>(w2, w2, 1, 1, 1, 1), alongRow(row, x0, x1, x2, x3)));
  row += stride;
  sum = f32x4.add(sum, f32x4.mul(v128.shuffle<f32>(w3, w3, 1, 1, 1, 1), alongRow(row, x0, x1, x2, x3)));
  return f32x4.pmin(f32x4.splat(1), f32x4.pmax(f32x4.splat(0), sum));
}

/** Four pixels next to each other, weighted. */
// @ts-ignore: decorator
@inline
function alongRow(pixel: usize, x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const left = f32x4.add(f32x4.mul(x0, v128.load(pixel)), f32x4.mul(x1, v128.load(pixel, 12)));
  const right = f32x4.add(f32x4.mul(x2, v128.load(pixel, 24)), f32x4.mul(x3, v128.load(pixel, 36)));
  return f32x4.add(left, right);
}

/**
 * A sample that needs pixels from outside.
 *
 * @param place of its position: column and row, doubles
 * @param block workspace of 512 bytes
 */
export function bicubicAtEdge(source: Source, place: usize, output: usize, block: usize): void {
  const position = v128.load(place);
  const near = nearPicture(position, source.width, source.height);
  if (isEndless(source.rule) || !v128.any_true(f64x2.ne(near, position))) {
    const corner = f64x2.floor(near);
    const column = <i32>f64x2.extract_lane(corner, 0) - 1;
    gather(source, column, <i32>f64x2.extract_lane(corner, 1) - 1, 4, block);
    v128.store(output, weigh(block, BLOCK_STRIDE, f64x2.sub(near, corner)));
    return;
  }
  const x = reachable(f64x2.extract_lane(position, 0));
  const y = reachable(f64x2.extract_lane(position, 1));
  const left = Math.floor(x);
  const top = Math.floor(y);
  gather(source, <i32>left - 1, <i32>top - 1, 4, block);
  storeWeights(block + WEIGHTS_X, x - left);
  storeWeights(block + WEIGHTS_Y, y - top);
  const sums = sumTaps(block, 4);
  for (let channel: usize = 0; channel < 3; channel++) {
    const sum = load<f64>(sums + 8 * channel);
    store<f32>(output + 4 * channel, <f32>(sum > 0 ? (sum < 1 ? sum : 1) : 0));
  }
}

/** Weights of the pixels at −1, 0, 1, 2 for a position between 0 and 1. */
function storeWeights(weights: usize, t: f64): void {
  const s = 1 - t;
  const before = KEYS * t * s * s;
  const at = ((KEYS + 2) * t - (KEYS + 3)) * t * t + 1;
  const beyond = KEYS * t * t * s;
  store<f64>(weights, before);
  store<f64>(weights, at, 8);
  store<f64>(weights, 1 - before - at - beyond, 16);
  store<f64>(weights, beyond, 24);
}
