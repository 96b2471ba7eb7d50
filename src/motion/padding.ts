/** What lies outside of a picture, pixel by pixel, and pictures with a margin of it. */

import type { RgbImage } from "../tensor/image.ts";

/**
 * Outside the picture: its edge pixel; its mirror image (edge pixel repeated); black; the picture again; its mirror image (edge pixel not
 * repeated), everywhere, or for a quarter of the side and black beyond.
 */
export type Padding = "border" | "reflection" | "zeros" | "wrap" | "mirror" | "margin";

/** The pixel that stands for pixel `index` of a line of `size`, which may lie outside; −1 = black. */
export type TapRule = (index: number, size: number) => number;

export const TAP_RULES: Readonly<Record<Padding, TapRule>> = {
  border: (index, size) => (index < 0 ? 0 : index < size ? index : size - 1),
  reflection: (index, size) => {
    if (index >= 0 && index < size) return index;
    const phase = modulo(index, 2 * size);
    return phase < size ? phase : 2 * size - 1 - phase;
  },
  zeros: (index, size) => (index >= 0 && index < size ? index : -1),
  wrap: modulo,
  mirror: (index, size) => {
    const phase = size > 1 ? modulo(index, 2 * (size - 1)) : 0;
    return phase < size ? phase : 2 * (size - 1) - phase;
  },
  margin: (index, size) => {
    const inside = index < 0 ? -index : index < size ? index : 2 * (size - 1) - index;
    return Math.abs(inside - index) <= 2 * Math.trunc(size / 4) && inside >= 0 && inside < size ? inside : -1;
  },
};

function modulo(index: number, size: number): number {
  const rest = index % size;
  return rest < 0 ? rest + size : rest;
}

/** Pixels of the margin on each side: as far as a 4×4 kernel reaches around a position just outside. */
export const MARGIN = 4;

/**
 * Writes the picture with {@link MARGIN} pixels of what lies outside on each side.
 *
 * @param output `[height + 8, width + 8, 3]`
 */
export function writeWithMargin({ width, height, data }: RgbImage, tap: TapRule, output: Float32Array): void {
  const outside = [-4, -3, -2, -1, width, width + 1, width + 2, width + 3];
  const stride = 3 * (width + 2 * MARGIN);
  for (let row = -MARGIN, o = 0; row < height + MARGIN; row++, o += stride) {
    const sourceRow = tap(row, height);
    if (sourceRow < 0) {
      output.fill(0, o, o + stride);
      continue;
    }
    const source = 3 * sourceRow * width;
    output.set(data.subarray(source, source + 3 * width), o + 3 * MARGIN);
    for (const column of outside) {
      const sourceColumn = tap(column, width);
      const to = o + 3 * (column + MARGIN);
      const from = source + 3 * sourceColumn;
      output[to] = sourceColumn < 0 ? 0 : data[from]!;
      output[to + 1] = sourceColumn < 0 ? 0 : data[from + 1]!;
      output[to + 2] = sourceColumn < 0 ? 0 : data[from + 2]!;
    }
  }
}
