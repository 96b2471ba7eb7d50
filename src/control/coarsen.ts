/** A coarse copy of a picture, as tile ControlNets want it: they keep what is where and draw the details anew. */

import type { ByteImage } from "../tensor/image.ts";

/**
 * Reduced by the factor with the mean of each area, then enlarged again with straight lines between the centers of its pixels.
 *
 * @param factor ≥ 1; 1 gives the picture back. The coarse picture has at least one pixel per side.
 */
export function coarsen(image: ByteImage, factor: number): ByteImage {
  const { width, height, data } = image;
  const columns = Math.max(1, Math.round(width / factor));
  const rows = Math.max(1, Math.round(height / factor));
  if (columns === width && rows === height) return image;
  const narrow = resampleAxis(Float32Array.from(data), { lines: height, size: width, values: 3 }, columns);
  const small = resampleAxis(narrow, { lines: 1, size: height, values: 3 * columns }, rows);
  const coarse = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    const [top, bottom, down] = between(row, height, rows);
    for (let column = 0; column < width; column++) {
      const [left, right, across] = between(column, width, columns);
      for (let channel = 0; channel < 3; channel++) {
        const at = (r: number, c: number): number => small[3 * (r * columns + c) + channel]!;
        const upper = at(top, left) * (1 - across) + at(top, right) * across;
        const lower = at(bottom, left) * (1 - across) + at(bottom, right) * across;
        coarse[3 * (row * width + column) + channel] = upper * (1 - down) + lower * down + 0.5;
      }
    }
  }
  return { width, height, data: coarse };
}

interface Axis {
  /** Independent lines, one behind the other. */
  readonly lines: number;
  /** Points of a line. */
  readonly size: number;
  /** Values of a point. */
  readonly values: number;
}

/** Means over equal shares of each line; a point on the border of two shares counts to both in part. */
function resampleAxis(source: Float32Array, { lines, size, values }: Axis, target: number): Float32Array {
  const share = size / target;
  const result = new Float32Array(lines * target * values);
  for (let line = 0; line < lines; line++) {
    for (let to = 0; to < target; to++) {
      const [begin, end] = [to * share, Math.min((to + 1) * share, size)];
      for (let from = Math.floor(begin); from < Math.ceil(end); from++) {
        const weight = (Math.min(from + 1, end) - Math.max(from, begin)) / share;
        const [input, output] = [(line * size + from) * values, (line * target + to) * values];
        for (let i = 0; i < values; i++) result[output + i]! += weight * source[input + i]!;
      }
    }
  }
  return result;
}

/** The two coarse points around a fine one, and how far it is from the first to the second, 0–1. */
function between(index: number, size: number, coarse: number): [number, number, number] {
  const place = Math.min(Math.max(((index + 0.5) * coarse) / size - 0.5, 0), coarse - 1);
  const first = Math.floor(place);
  return [first, Math.min(first + 1, coarse - 1), place - first];
}
