/** Unsharp mask, against the blur that every warp and every diffusion adds. */

import { RenderError } from "../errors.ts";
import { requireFinite } from "../motion/require-finite.ts";
import { roundHalfEven } from "../motion/round-half-even.ts";
import type { RgbImage } from "../tensor/image.ts";

export interface UnsharpMask {
  /** Share of the difference to the blurred picture that is added; 0 = unchanged, negative blurs. */
  readonly amount: number;
  /** Odd width of the Gaussian kernel in pixels, 1–255; 0 = derived from sigma. */
  readonly kernel: number;
  /** Pixels; 0 or less = derived from the kernel. */
  readonly sigma: number;
  /** 8-bit levels: values that differ less from the blurred picture are left alone. */
  readonly threshold: number;
}

export interface SharpenOptions {
  /** Where to sharpen, 0–1 per pixel, `height * width`; default everywhere. */
  readonly mask?: Float32Array;
  /**
   * Work in whole 8-bit levels and take the difference that the threshold looks at modulo 256, as Deforum does, so that values slightly
   * darker than the blurred picture never count as small differences. Default false.
   */
  readonly deforumExact?: boolean;
}

/** Wider kernels only cost time: OpenCV's own radius for sigma is 3·sigma. */
const WIDEST_KERNEL = 255;

/**
 * (1 + amount) · x − amount · blurred, clamped. Edges are mirrored without repeating the edge pixel. Source: Deforum (behavior), OpenCV
 * GaussianBlur (behavior).
 *
 * @returns a picture of the same size, 0–1
 * @throws RenderError when a number is not finite or the kernel is even, negative or wider than 255
 */
export function sharpen(image: RgbImage, unsharp: UnsharpMask, options: SharpenOptions = {}): RgbImage {
  const { amount, kernel, sigma, threshold } = unsharp;
  const { mask, deforumExact = false } = options;
  requireFinite("feedback.sharpen", { amount, kernel, sigma, threshold });
  const weights = gaussian(kernel, sigma);
  const { width, height, data: source } = image;
  if (mask !== undefined && mask.length !== width * height) {
    throw new RangeError(`a mask of ${width}×${height} has ${width * height} values, got ${mask.length}`);
  }

  const rowLength = 3 * width;
  const blurredRows = blurRows(image, weights);
  const blurred = new Float64Array(rowLength);
  const data = new Float32Array(source.length);
  for (let row = 0, offset = 0; row < height; row++, offset += rowLength) {
    blurColumn(blurredRows, row, height, weights, blurred);
    if (deforumExact) {
      for (let i = 0; i < rowLength; i++) {
        data[offset + i] = unsharpWhole(source[offset + i]!, blurred[i]!, amount, threshold);
      }
    } else {
      for (let i = 0; i < rowLength; i++) {
        data[offset + i] = unsharpValue(source[offset + i]!, blurred[i]!, amount, threshold);
      }
    }
  }
  if (mask !== undefined) blend(data, source, mask, deforumExact);
  return { width, height, data };
}

function unsharpValue(x: number, blurred: number, amount: number, threshold: number): number {
  const difference = x - blurred;
  if (threshold > 0 && Math.abs(difference) * 255 < threshold) return x;
  const value = x + amount * difference;
  return value > 0 ? (value < 1 ? value : 1) : 0;
}

function unsharpWhole(x: number, blurred: number, amount: number, threshold: number): number {
  const level = Math.round(x * 255);
  const smooth = Math.round(blurred * 255);
  if (threshold > 0 && (level - smooth + 256) % 256 < threshold) return level / 255;
  const value = roundHalfEven((1 + amount) * level - amount * smooth);
  return (value > 0 ? (value < 255 ? value : 255) : 0) / 255;
}

/** Puts the unsharpened values back where the mask is low. */
function blend(data: Float32Array, source: Float32Array, mask: Float32Array, deforumExact: boolean): void {
  for (let i = 0; i < data.length; i++) {
    const share = mask[Math.floor(i / 3)]!;
    const value = source[i]! + share * (data[i]! - source[i]!);
    data[i] = deforumExact ? Math.round(value * 255) / 255 : value;
  }
}

/** Weights of a Gaussian from its middle outwards, the outer ones counting twice; they sum to 1. */
function gaussian(kernel: number, sigma: number): Float64Array {
  const size = kernel === 0 && sigma > 0 ? Math.round(6 * sigma + 1) | 1 : kernel;
  if (!(size > 0 && size <= WIDEST_KERNEL && size % 2 === 1)) {
    throw new RenderError(`expected an odd kernel of 1 to ${WIDEST_KERNEL} pixels, found ${size}`, {
      where: "feedback.sharpen.kernel",
      hint: "use 5, Deforum's default, or 3 for finer detail",
    });
  }
  const radius = (size - 1) / 2;
  const spread = sigma > 0 ? sigma : 0.3 * (radius - 1) + 0.8;
  const weights = Float64Array.from({ length: radius + 1 }, (_, i) =>
    Math.exp((-i * i) / (2 * spread * spread)),
  );
  const total = weights.reduce((sum, weight, i) => sum + (i === 0 ? weight : 2 * weight), 0);
  return weights.map((weight) => weight / total);
}

/** The picture blurred along its rows. */
function blurRows({ width, height, data }: RgbImage, weights: Float64Array): Float32Array {
  const radius = weights.length - 1;
  const rowLength = 3 * width;
  const padded = new Float32Array(rowLength + 6 * radius);
  const sums = new Float64Array(rowLength);
  const output = new Float32Array(data.length);
  for (let row = 0; row < height; row++) {
    const offset = row * rowLength;
    padded.set(data.subarray(offset, offset + rowLength), 3 * radius);
    for (let i = 1; i <= radius; i++) {
      const left = offset + 3 * mirror(-i, width);
      const right = offset + 3 * mirror(width - 1 + i, width);
      padded.set(data.subarray(left, left + 3), 3 * (radius - i));
      padded.set(data.subarray(right, right + 3), 3 * (radius + width - 1 + i));
    }
    for (let i = 0; i < rowLength; i++) sums[i] = weights[0]! * padded[3 * radius + i]!;
    for (let j = 1; j <= radius; j++) {
      const weight = weights[j]!;
      const left = 3 * (radius - j);
      const right = 3 * (radius + j);
      for (let i = 0; i < rowLength; i++) sums[i]! += weight * (padded[left + i]! + padded[right + i]!);
    }
    output.set(sums, offset);
  }
  return output;
}

/** One row of the picture blurred along its columns. */
function blurColumn(
  rows: Float32Array,
  row: number,
  height: number,
  weights: Float64Array,
  output: Float64Array,
): void {
  const rowLength = output.length;
  const middle = row * rowLength;
  for (let i = 0; i < rowLength; i++) output[i] = weights[0]! * rows[middle + i]!;
  for (let j = 1; j < weights.length; j++) {
    const weight = weights[j]!;
    const above = mirror(row - j, height) * rowLength;
    const below = mirror(row + j, height) * rowLength;
    for (let i = 0; i < rowLength; i++) output[i]! += weight * (rows[above + i]! + rows[below + i]!);
  }
}

/** Index into a line of `size` mirrored about its edge pixels: −1 → 1. */
function mirror(index: number, size: number): number {
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const phase = ((index % period) + period) % period;
  return phase < size ? phase : period - phase;
}
