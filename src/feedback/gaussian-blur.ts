/** Gaussian blur of a picture, and what sharpening makes of it. Edges are mirrored without repeating the edge pixel. Source: OpenCV GaussianBlur (behavior). */

import { RenderError } from "../errors.ts";
import { floatsAt, lendMemory, wordsAt } from "../kernels/kernels.ts";
import { copyBytes, placeOf } from "../kernels/picture-room.ts";
import { fillRows } from "../kernels/share-rows.ts";
import { gaussianKernel } from "../tensor/gaussian-kernel.ts";
import type { RgbImage } from "../tensor/image.ts";
import { pictureFloats } from "../tensor/near-kernels.ts";

/** Wider kernels only cost time: OpenCV's own radius for sigma is 3·sigma. */
const WIDEST_KERNEL = 255;

/**
 * Weights of a Gaussian from its first pixel to its last; they sum to 1.
 *
 * @param kernel odd width, 1–255; 0 = derived from sigma
 * @param sigma pixels; 0 or less = derived from the kernel
 * @throws RenderError when the kernel is even, negative or wider than 255
 */
export function gaussianWeights(kernel: number, sigma: number): Float64Array {
  const size = kernel === 0 && sigma > 0 ? Math.round(6 * sigma + 1) | 1 : kernel;
  if (!(size > 0 && size <= WIDEST_KERNEL && size % 2 === 1)) {
    throw new RenderError(`expected an odd kernel of 1 to ${WIDEST_KERNEL} pixels, found ${size}`, {
      where: "feedback.sharpen.kernel",
      hint: "use 5, Deforum's default, or 3 for finer detail",
    });
  }
  const radius = (size - 1) / 2;
  return gaussianKernel(size, sigma > 0 ? sigma : 0.3 * (radius - 1) + 0.8);
}

/** Rows that a thread blurs at a time, and at least as many as four kernels: each band blurs some rows of its neighbors too. */
const BAND_ROWS = 32;

/**
 * The blurred picture; with `unsharp`, source + amount · (source − blurred), clamped to 0–1, and the source where the difference is below
 * `threshold`.
 *
 * @param weights see {@link gaussianWeights}
 */
export function blurPicture(
  { width, height, data: source }: RgbImage,
  weights: Float64Array,
  unsharp: { readonly amount: number; readonly threshold: number } | null = null,
): Float32Array {
  const data = pictureFloats(source.length);
  const taps = weights.length;
  lendMemory([copyBytes(source), 4 * taps, 64], (lent, list, settings) => {
    const picture = placeOf(source) ?? lent;
    floatsAt(list, taps).set(weights);
    wordsAt(settings, 6).set([picture, width, height, taps, list, unsharp === null ? 0 : 1]);
    floatsAt(settings + 24, 2).set([unsharp?.amount ?? 0, unsharp?.threshold ?? 0]);
    const scratchBytes = (taps + 2) * (12 * width + 128) + 20 * taps + 128;
    const bandRows = Math.max(BAND_ROWS, 4 * taps);
    const arriving = { data: source, place: picture };
    fillRows({ kernel: "blur", settings, rows: height, bandRows, scratchBytes, picture: arriving }, data);
  });
  return data;
}
