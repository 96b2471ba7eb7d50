/** Unsharp mask, against the blur that every warp and every diffusion adds. */

import { requireFinite } from "../motion/require-finite.ts";
import { roundHalfEven } from "../motion/round-half-even.ts";
import type { RgbImage } from "../tensor/image.ts";
import { blurPicture, gaussianWeights } from "./gaussian-blur.ts";

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
  const weights = gaussianWeights(kernel, sigma);
  const { width, height, data: source } = image;
  if (mask !== undefined && mask.length !== width * height) {
    throw new RangeError(`a mask of ${width}×${height} has ${width * height} values, got ${mask.length}`);
  }

  const data = deforumExact
    ? blurPicture(image, weights).map((smooth, i) => unsharpWhole(source[i]!, smooth, amount, threshold))
    : blurPicture(image, weights, { amount, threshold: threshold / 255 });
  if (mask !== undefined) blend(data, source, mask, deforumExact);
  return { width, height, data };
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
