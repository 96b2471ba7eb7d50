/** A picture averaged to a few cells per channel: the ground of saliency and of signatures. */
import type { ByteImage } from "../tensor/image.ts";
import type { Area } from "./luma.ts";

/** Brightness and two color differences of a grid of cells, row by row. Each is linear in the pixels: the mean of a mix is the mix of the means. */
export interface MeanColors {
  /** Rec. 601 luma, 0–255. */
  readonly luma: Float32Array;
  /** (B − luma) / 1.772, −127.5 … 127.5. */
  readonly blue: Float32Array;
  /** (R − luma) / 1.402, −127.5 … 127.5. */
  readonly red: Float32Array;
}

/** The area in `columns × rows` cells. A pixel belongs to one cell; where there are fewer pixels than cells, neighbors share one. */
export function meanColors(
  { width, data }: ByteImage,
  { left, top, width: across, height: down }: Area,
  columns: number,
  rows: number,
): MeanColors {
  const cells = columns * rows;
  const colors = {
    luma: new Float32Array(cells),
    blue: new Float32Array(cells),
    red: new Float32Array(cells),
  };
  for (let row = 0; row < rows; row++) {
    const firstY = top + Math.floor((row * down) / rows);
    const lastY = Math.max(firstY + 1, top + Math.floor(((row + 1) * down) / rows));
    for (let column = 0; column < columns; column++) {
      const firstX = left + Math.floor((column * across) / columns);
      const lastX = Math.max(firstX + 1, left + Math.floor(((column + 1) * across) / columns));
      let r = 0;
      let g = 0;
      let b = 0;
      for (let y = firstY; y < lastY; y++) {
        const end = 3 * (y * width + lastX);
        for (let i = 3 * (y * width + firstX); i < end; i += 3) {
          r += data[i]!;
          g += data[i + 1]!;
          b += data[i + 2]!;
        }
      }
      const count = (lastY - firstY) * (lastX - firstX);
      const luma = (0.299 * r + 0.587 * g + 0.114 * b) / count;
      const cell = row * columns + column;
      colors.luma[cell] = luma;
      colors.blue[cell] = (b / count - luma) / 1.772;
      colors.red[cell] = (r / count - luma) / 1.402;
    }
  }
  return colors;
}
