/** A picture in 16 colors: small enough to keep of every frame of a film, enough to see cuts and to tell scenes apart. */

import type { ByteImage } from "../tensor/image.ts";

const SIDE = 4;

/** Mean R, G, B (0–255) of each cell of a 4 × 4 grid, row by row: `[48]`. */
export type ColorGrid = Uint8Array;

/** The grid of a picture. Cells are as nearly of one size as whole pixels allow; those of a picture smaller than the grid repeat their neighbor. */
export function colorGrid({ width, height, data }: ByteImage): ColorGrid {
  const grid = new Uint8Array(SIDE * SIDE * 3);
  for (let row = 0; row < SIDE; row++) {
    const [top, bottom] = cellRange(row, height);
    for (let column = 0; column < SIDE; column++) {
      const [left, right] = cellRange(column, width);
      const sums = [0, 0, 0];
      for (let y = top; y < bottom; y++) {
        let [red, green, blue] = [0, 0, 0];
        for (let i = 3 * (y * width + left); i < 3 * (y * width + right); i += 3) {
          red += data[i]!;
          green += data[i + 1]!;
          blue += data[i + 2]!;
        }
        sums[0]! += red;
        sums[1]! += green;
        sums[2]! += blue;
      }
      const area = (bottom - top) * (right - left);
      grid.set(
        sums.map((sum) => Math.round(sum / area)),
        3 * (row * SIDE + column),
      );
    }
  }
  return grid;
}

/** Mean absolute difference of two grids, 0 (alike) to 255. */
export function gridDistance(a: ColorGrid, b: ColorGrid): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}

function cellRange(cell: number, length: number): readonly [from: number, to: number] {
  const from = Math.min(length - 1, Math.floor((cell * length) / SIDE));
  return [from, Math.max(from + 1, Math.floor(((cell + 1) * length) / SIDE))];
}
