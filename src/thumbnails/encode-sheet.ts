/** A sheet as a JPEG: pictures, and what is written and drawn over them, on the ground that all sheets have. */
import type { OverlayOptions } from "sharp";
import sharp from "../tensor/sharp.ts";
import { SHEET_COLORS } from "./sheet-tiles.ts";

/**
 * @param size of the sheet, in pixels
 * @param pictures in their places
 * @param marks SVG elements, in pixels of the sheet
 */
export async function encodeSheet(
  { width, height }: { readonly width: number; readonly height: number },
  pictures: readonly OverlayOptions[],
  marks: readonly string[],
): Promise<Buffer> {
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${marks.join("")}</svg>`;
  return await sharp({ create: { width, height, channels: 3, background: SHEET_COLORS.background } })
    .composite([...pictures, { input: Buffer.from(overlay) }])
    .jpeg({ quality: 88, chromaSubsampling: "4:4:4", progressive: true })
    .toBuffer();
}
