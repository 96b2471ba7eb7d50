/** Pictures as networks take them: one plane of floats per color, and its way back. */

import type { ByteImage } from "./image.ts";
import { pixelCenters } from "./pixel-centers.ts";
import type { Tensor } from "./tensor.ts";

/** 8-bit RGB to `[1, 3, height, width]`: (value / 255 − mean) / deviation per color; 0–1 by default. */
export function toPlanes(
  { width, height, data }: ByteImage,
  mean: readonly number[] = [0, 0, 0],
  deviation: readonly number[] = [1, 1, 1],
): Tensor {
  const size = width * height;
  const planes = new Float32Array(3 * size);
  for (let color = 0; color < 3; color++) {
    const scale = 1 / (255 * deviation[color]!);
    const shift = mean[color]! / deviation[color]!;
    for (let i = 0, s = color, p = color * size; i < size; i++, s += 3, p++) {
      planes[p] = data[s]! * scale - shift;
    }
  }
  return { dims: [1, 3, height, width], data: planes };
}

/** `[1, 3, height, width]`, 0–1, to 8-bit RGB, clamped and rounded. Throws RangeError for another shape. */
export function fromPlanes({ dims, data }: Tensor): ByteImage {
  const [batch, channels, height = 0, width = 0] = dims;
  if (dims.length !== 4 || batch !== 1 || channels !== 3) {
    throw new RangeError(`expected a picture [1, 3, height, width], found [${dims.join(", ")}]`);
  }
  const size = width * height;
  const bytes = new Uint8Array(3 * size);
  for (let color = 0; color < 3; color++) {
    for (let i = 0, p = color * size, d = color; i < size; i++, p++, d += 3) {
      const level = data[p]! * 255 + 0.5;
      bytes[d] = level >= 255 ? 255 : level > 0 ? level : 0;
    }
  }
  return { width, height, data: bytes };
}

/**
 * Planes at another size, bilinear between pixel centers, edge pixels repeated.
 *
 * @param plane `[…, height, width]`
 */
export function resizePlanes({ dims, data }: Tensor, height: number, width: number): Tensor {
  const [fromHeight, fromWidth] = [dims.at(-2)!, dims.at(-1)!];
  const planes = data.length / (fromHeight * fromWidth);
  const rows = taps(fromHeight, height);
  const columns = taps(fromWidth, width);
  const resized = new Float32Array(planes * height * width);
  for (let plane = 0, o = 0; plane < planes; plane++) {
    for (const row of rows) {
      const upper = (plane * fromHeight + row.first) * fromWidth;
      const lower = (plane * fromHeight + row.second) * fromWidth;
      for (const column of columns) {
        const above =
          data[upper + column.first]! * (1 - column.share) + data[upper + column.second]! * column.share;
        const below =
          data[lower + column.first]! * (1 - column.share) + data[lower + column.second]! * column.share;
        resized[o++] = above * (1 - row.share) + below * row.share;
      }
    }
  }
  return { dims: [...dims.slice(0, -2), height, width], data: resized };
}

/** For each place of the new line, the two old ones around it and the share of the second. */
function taps(from: number, to: number): { first: number; second: number; share: number }[] {
  return Array.from(pixelCenters(from, to), (position) => {
    const first = Math.floor(position);
    return { first, second: Math.min(from - 1, first + 1), share: position - first };
  });
}
