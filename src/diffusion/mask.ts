/** Masks of img2img: what of a picture may change, softly bounded, as pixels, as latent cells, and as the region worth drawing. */

import { sharpen } from "../feedback/sharpen.ts";
import { grayPicture, shadesOf } from "../tensor/gray-picture.ts";
import type { RgbImage } from "../tensor/image.ts";
import { resizeRaster } from "../tensor/resize.ts";

/** How much of each pixel may change: 0 keeps it, 1 draws it anew. `width * height` values, row by row. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

export interface MaskOptions {
  /** White keeps and black changes. */
  readonly invert: boolean;
  /** Deviation of the Gaussian blur of its borders, pixels ≥ 0. */
  readonly blur: number;
}

/** Rectangle of whole pixels. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The mask, turned round and blurred as the options say. */
export function finishMask({ width, height, data }: Mask, { invert, blur }: MaskOptions): Mask {
  const changing = invert ? data.map((white) => 1 - white) : data;
  if (blur === 0) return { width, height, data: changing };
  const gray = grayPicture(changing, { width, height });
  const soft = sharpen(gray, { amount: -1, kernel: 0, sigma: blur, threshold: 0 });
  return { width, height, data: shadesOf(soft) };
}

/** Whether each cell of the latent may change: where half of its pixels may, as in the web UI. */
export function toLatentMask({ width, height, data }: Mask, vaeFactor: number): Uint8Array {
  const cells = resizeRaster({ width, height, channels: 1, data }, width / vaeFactor, height / vaeFactor);
  return Uint8Array.from(cells.data, (share) => (share >= 0.5 ? 1 : 0));
}

/**
 * The part of the picture to draw when only the masked part is drawn: the mask's box with `padding` pixels around, grown to the picture's
 * proportions as far as the picture reaches (the web UI's "only masked").
 *
 * @returns null when the mask is black
 */
export function maskedRegion({ width, height, data }: Mask, padding: number): Region | null {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (data[row * width + column] === 0) continue;
      [left, right] = [Math.min(left, column), Math.max(right, column)];
      [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
    }
  }
  if (right < 0) return null;
  [left, right] = [Math.max(left - padding, 0), Math.min(right + 1 + padding, width)];
  [top, bottom] = [Math.max(top - padding, 0), Math.min(bottom + 1 + padding, height)];
  const scale = Math.min(1, Math.max((right - left) / width, (bottom - top) / height));
  const [wide, high] = [Math.ceil(scale * width), Math.ceil(scale * height)];
  return {
    left: slide((left + right - wide) / 2, width - wide),
    top: slide((top + bottom - high) / 2, height - high),
    width: wide,
    height: high,
  };
}

/** The nearest whole number from 0 to `last`. */
function slide(start: number, last: number): number {
  return Math.min(Math.max(Math.floor(start), 0), last);
}

/** A rectangle of interleaved values. */
export function crop(
  data: Float32Array,
  channels: number,
  width: number,
  { left, top, width: wide, height: high }: Region,
): Float32Array {
  const part = new Float32Array(channels * wide * high);
  for (let row = 0; row < high; row++) {
    const from = channels * ((top + row) * width + left);
    part.set(data.subarray(from, from + channels * wide), channels * row * wide);
  }
  return part;
}

/**
 * The picture with the masked part painted in the colors around it, which spread inwards and mix: a start for drawing something else there.
 * Push and pull over halved sizes (Gortler et al. 1996, section 4.3).
 */
export function fillFromAround(picture: RgbImage, mask: Mask): RgbImage {
  const { width, height, data } = picture;
  const weighted = new Float32Array(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    const kept = 1 - mask.data[i]!;
    for (let channel = 0; channel < 3; channel++) weighted[4 * i + channel] = kept * data[3 * i + channel]!;
    weighted[4 * i + 3] = kept;
  }
  const filled = spread(weighted, width, height);
  const result = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) result[i] = filled[4 * Math.floor(i / 3) + (i % 3)]!;
  return { width, height, data: result };
}

/** Colors times how far they are known, and that share, → the colors, with those of half the size where they are not known. */
function spread(data: Float32Array, width: number, height: number): Float32Array {
  if (width === 1 && height === 1) {
    const share = data[3]!;
    return share > 0 ? data.map((value) => value / share) : data;
  }
  const [wide, high] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const half = resizeRaster({ width, height, channels: 4, data }, wide, high);
  // What is known in a part of an area is known of the whole of it.
  for (let i = 0; i < half.data.length; i += 4) {
    const share = half.data[i + 3]!;
    const factor = share > 0 ? Math.min(1, 4 * share) / share : 0;
    for (let value = i; value < i + 4; value++) half.data[value]! *= factor;
  }
  const coarse = { width: wide, height: high, channels: 4, data: spread(half.data, wide, high) };
  const around = resizeRaster(coarse, width, height).data;
  return around.map((value, i) => data[i]! + (1 - data[i - (i % 4) + 3]!) * value);
}
