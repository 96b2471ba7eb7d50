/** A small picture in the terminal: two pixels per character, upper half block in truecolor. */

import type { ByteImage } from "../tensor/image.ts";

const UPPER_HALF_BLOCK = "\u2580";
const RESET = "\u001b[0m";

/** Whether the terminal says that it shows 24-bit color; there is no other way to ask without waiting for an answer. */
export function showsPictures(env: NodeJS.ProcessEnv): boolean {
  if (env["NO_COLOR"] !== undefined) return false;
  return /^(truecolor|24bit)$/.test(env["COLORTERM"] ?? "");
}

/**
 * Lines of text that show `image`, `columns` characters wide.
 * Each pixel is the mean of the source pixels it covers.
 */
export function pictureLines(image: ByteImage, columns: number): string[] {
  const rows = Math.max(1, Math.round((columns * image.height) / image.width / 2));
  const colors = (row: number, column: number) => meanColor(image, columns, 2 * rows, column, row);
  return Array.from({ length: rows }, (_, row) => {
    const cells = Array.from({ length: columns }, (__, column) => {
      const upper = colors(2 * row, column);
      const lower = colors(2 * row + 1, column);
      return `\u001b[38;2;${upper.join(";")};48;2;${lower.join(";")}m${UPPER_HALF_BLOCK}`;
    });
    return cells.join("") + RESET;
  });
}

/** Mean color of cell (column, row) when the image is cut into `columns` × `rows` cells. */
function meanColor(
  { width, height, data }: ByteImage,
  columns: number,
  rows: number,
  column: number,
  row: number,
): [red: number, green: number, blue: number] {
  const left = Math.floor((column * width) / columns);
  const right = Math.max(left + 1, Math.floor(((column + 1) * width) / columns));
  const top = Math.floor((row * height) / rows);
  const bottom = Math.max(top + 1, Math.floor(((row + 1) * height) / rows));
  const sum: [number, number, number] = [0, 0, 0];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = 3 * (y * width + x);
      sum[0] += data[at]!;
      sum[1] += data[at + 1]!;
      sum[2] += data[at + 2]!;
    }
  }
  const count = (right - left) * (bottom - top);
  return [Math.round(sum[0] / count), Math.round(sum[1] / count), Math.round(sum[2] / count)];
}
