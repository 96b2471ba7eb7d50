/** Bilinear samples of a row of positions. */

import { nearPicture, offsetOf, reachable } from "./places";
import { BLOCK_STRIDE, gather, isEndless, Source, sumTaps, WEIGHTS_X, WEIGHTS_Y } from "./taps";

/** Samples that need no pixel from outside, see ./sample.ts. */
export function bilinearInside(source: Source, positions: usize, count: i32, output: usize): void {
  if (count == 0) return;
  const picture = source.picture;
  const stride = 12 * source.width;
  const steps = f64x2(12, <f64>stride);
  const end = positions + 16 * count;
  // Two at a time; of an odd count the first one alone.
  if ((count & 1) != 0) {
    v128.store(output, sampleAt(picture, stride, steps, v128.load(positions)));
    positions += 16;
    output += 12;
    if (count == 1) return;
  }
  do {
    v128.store(output, sampleAt(picture, stride, steps, v128.load(positions)));
    v128.store(output, sampleAt(picture, stride, steps, v128.load(positions, 16)), 12);
    positions += 32;
    output += 24;
  } while (positions < end);
}

// @ts-ignore: decorator
@inline
function sampleAt(picture: usize, stride: i32, steps: v128, position: v128): v128 {
  const corner = f64x2.floor(position);
  return blendAt(picture + offsetOf(corner, steps), stride, f64x2.sub(position, corner));
}

/** Four pixels, by how far right and down of the first one, in doubles. */
// @ts-ignore: decorator
@inline
function blendAt(above: usize, stride: usize, exact: v128): v128 {
  const shares = f32x4.demote_f64x2_zero(exact);
  const across = v128.shuffle<f32>(shares, shares, 0, 0, 0, 0);
  const down = v128.shuffle<f32>(shares, shares, 1, 1, 1, 1);
  return blend(above, stride, across, down);
}

/** Four pixels, by the shares of the right and of the lower ones, four times each. */
// @ts-ignore: decorator
@inline
export function blend(above: usize, stride: usize, across: v128, down: v128): v128 {
  const below = above + stride;
  const aboveLeft = v128.load(above);
  const belowLeft = v128.load(below);
  const upper = f32x4.add(aboveLeft, f32x4.mul(across, f32x4.sub(v128.load(above, 12), aboveLeft)));
  const lower = f32x4.add(belowLeft, f32x4.mul(across, f32x4.sub(v128.load(below, 12), belowLeft)));
  return f32x4.add(upper, f32x4.mul(down, f32x4.sub(lower, upper)));
}

/**
 * A sample that needs pixels from outside.
 *
 * @param place of its position: column and row, doubles
 * @param block workspace of 512 bytes
 */
export function bilinearAtEdge(source: Source, place: usize, output: usize, block: usize): void {
  const position = v128.load(place);
  const near = nearPicture(position, source.width, source.height);
  if (isEndless(source.rule) || !v128.any_true(f64x2.ne(near, position))) {
    const corner = f64x2.floor(near);
    gather(source, <i32>f64x2.extract_lane(corner, 0), <i32>f64x2.extract_lane(corner, 1), 2, block);
    v128.store(output, blendAt(block, BLOCK_STRIDE, f64x2.sub(near, corner)));
    return;
  }
  const x = reachable(f64x2.extract_lane(position, 0));
  const y = reachable(f64x2.extract_lane(position, 1));
  const left = Math.floor(x);
  const top = Math.floor(y);
  gather(source, <i32>left, <i32>top, 2, block);
  store<f64>(block + WEIGHTS_X, 1 - (x - left));
  store<f64>(block + WEIGHTS_X, x - left, 8);
  store<f64>(block + WEIGHTS_Y, 1 - (y - top));
  store<f64>(block + WEIGHTS_Y, y - top, 8);
  const sums = sumTaps(block, 2);
  for (let channel: usize = 0; channel < 3; channel++) {
    store<f32>(output + 4 * channel, <f32>load<f64>(sums + 8 * channel));
  }
}
