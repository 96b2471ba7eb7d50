/** Bands of rows of a blurred picture, or of the picture with the difference to the blurred one added. */

import { awaitRows } from "./arrival";
import { unsharpRow, weighRows } from "./rows";
import { MIRROR, tapOf } from "./taps";

/** What a blur needs to know, written by ../../feedback/gaussian-blur.ts. Edges are mirrored without repeating the edge pixel. */
@unmanaged
export class Blur {
  /** `[height, width, 3]` floats. */
  picture: usize;
  width: i32;
  height: i32;
  /** Weights, an odd number. */
  taps: i32;
  /** `taps` floats. */
  weights: usize;
  /** Whether to sharpen; else the blurred picture itself is drawn. */
  sharpens: i32;
  amount: f32;
  threshold: f32;
}

/**
 * @param output `[last − first, width, 3]` floats, and up to 15 floats more that are overwritten
 * @param scratch (taps + 2) rows of 12 · width + 64 bytes, and 20 · taps bytes
 */
export function blurRows(blur: Blur, first: i32, last: i32, output: usize, scratch: usize): void {
  const height = blur.height;
  const taps = blur.taps;
  const radius = taps >> 1;
  const floats = 3 * blur.width;
  const stride: usize = ((<usize>floats << 2) + 127) & ~63;
  // Rows that are blurred along themselves, as many as the blur along the columns needs at a time.
  const kept = min(height, taps);
  const blurred = scratch;
  const ring = blurred + stride;
  const list = ring + stride * taps;
  const padded = list + ((<usize>(4 * taps) + 63) & ~63);
  let ready = max(0, first - radius);
  for (let row = first; row < last; row++, output += <usize>floats << 2) {
    for (; ready < height && ready <= row + radius; ready++) {
      awaitRows(ready + 1);
      writePadded(blur, ready, radius, padded);
      for (let k = 0; k < taps; k++) store<u32>(list + 4 * k, <u32>(padded + 12 * k));
      weighRows(list, blur.weights, taps, ring + stride * (ready % kept), floats);
    }
    for (let k = 0; k < taps; k++) {
      const source = tapOf(MIRROR, row + k - radius, height);
      store<u32>(list + 4 * k, <u32>(ring + stride * (source % kept)));
    }
    if (blur.sharpens == 0) {
      weighRows(list, blur.weights, taps, output, floats);
    } else {
      const here = blur.picture + (<usize>(floats * row) << 2);
      weighRows(list, blur.weights, taps, blurred, floats);
      unsharpRow(here, blurred, blur.amount, blur.threshold, output, floats);
    }
  }
}

/** A row with `radius` mirrored pixels on both sides. */
function writePadded(blur: Blur, row: i32, radius: i32, padded: usize): void {
  const width = blur.width;
  const from = blur.picture + 12 * row * width;
  const to = padded + 12 * radius;
  memory.copy(to, from, 12 * width);
  for (let i = 1; i <= radius; i++) {
    copyPixel(to - 12 * i, from + 12 * tapOf(MIRROR, -i, width));
    copyPixel(to + 12 * (width - 1 + i), from + 12 * tapOf(MIRROR, width - 1 + i, width));
  }
}

// @ts-ignore: decorator
@inline
function copyPixel(to: usize, from: usize): void {
  store<u64>(to, load<u64>(from));
  store<u32>(to, load<u32>(from, 8), 8);
}
