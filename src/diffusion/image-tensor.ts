/** Pictures to the layout of the VAE and back. */

import type { RgbImage } from "../tensor/image.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";

/** Interleaved RGB, 0–1, to planes `[1, 3, height, width]`, −1 … 1. */
export function toImageTensor({ width, height, data }: RgbImage): Tensor {
  const area = width * height;
  const planes = new Float32Array(3 * area);
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      planes[channel * area + pixel] = data[3 * pixel + channel]! * 2 - 1;
    }
  }
  return tensor([1, 3, height, width], planes);
}

/** Planes `[1, 3, height, width]`, about −1 … 1, to interleaved RGB, clamped to 0–1, not quantized. */
export function toRgbImage({ dims, data }: Tensor): RgbImage {
  const [, , height, width] = dims;
  const area = width! * height!;
  const interleaved = new Float32Array(3 * area);
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = (data[channel * area + pixel]! + 1) / 2;
      interleaved[3 * pixel + channel] = value < 0 ? 0 : value > 1 ? 1 : value;
    }
  }
  return { width: width!, height: height!, data: interleaved };
}
