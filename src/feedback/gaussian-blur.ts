/** Gaussian blur of a picture, row by row. Edges are mirrored without repeating the edge pixel. Source: OpenCV GaussianBlur (behavior). */

import { RenderError } from "../errors.ts";
import { floatsAt, lendMemory, roundUp } from "../kernels/kernels.ts";
import { setTerms, termBytes, weighRows } from "../kernels/weigh-rows.ts";
import { TAP_RULES } from "../motion/padding.ts";
import { gaussianKernel } from "../tensor/gaussian-kernel.ts";
import type { RgbImage } from "../tensor/image.ts";

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

/**
 * Hands each row of the blurred picture to `use`: where it begins in the picture's data, and the place of its `3 * width` floats in the
 * kernels' memory, which it leaves for the next one.
 */
export function blurRows(
  image: RgbImage,
  weights: Float64Array,
  use: (offset: number, blurred: number) => void,
): void {
  const { width, height } = image;
  const taps = weights.length;
  const radius = taps >> 1;
  const rowLength = 3 * width;
  const rowBytes = roundUp(4 * rowLength, 64);
  // Rows that are blurred along themselves, as many as the blur along the columns needs at a time.
  const kept = Math.min(height, taps);
  const sizes = [termBytes(taps), termBytes(taps), 4 * (rowLength + 6 * radius), kept * rowBytes, rowBytes];
  lendMemory(sizes, (across, down, source, ring, blurred) => {
    const padded = floatsAt(source, rowLength + 6 * radius);
    setTerms(
      across,
      Array.from(weights, (_, i) => source + 12 * i),
      weights,
    );
    let ready = 0;
    for (let row = 0; row < height; row++) {
      for (; ready < height && ready <= row + radius; ready++) {
        writePadded(image, ready, radius, padded);
        weighRows(across, taps, ring + (ready % kept) * rowBytes, rowLength);
      }
      const rows = Array.from(
        weights,
        (_, i) => ring + (TAP_RULES.mirror(row + i - radius, height) % kept) * rowBytes,
      );
      setTerms(down, rows, weights);
      weighRows(down, taps, blurred, rowLength);
      use(row * rowLength, blurred);
    }
  });
}

/** A row with `radius` mirrored pixels on both sides. */
function writePadded({ width, data }: RgbImage, row: number, radius: number, padded: Float32Array): void {
  const rowLength = 3 * width;
  const offset = row * rowLength;
  padded.set(data.subarray(offset, offset + rowLength), 3 * radius);
  for (let i = 1; i <= radius; i++) {
    const left = offset + 3 * TAP_RULES.mirror(-i, width);
    const right = offset + 3 * TAP_RULES.mirror(width - 1 + i, width);
    padded.set(data.subarray(left, left + 3), 3 * (radius - i));
    padded.set(data.subarray(right, right + 3), 3 * (radius + width - 1 + i));
  }
}
