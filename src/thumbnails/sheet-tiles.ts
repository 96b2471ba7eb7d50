/** Tiles of a sheet: where each picture stands, how it is drawn, and the mark of a chosen one. */
import type { OverlayOptions } from "sharp";
import type { ByteImage } from "../tensor/image.ts";
import { fromRgbBytes } from "../tensor/picture-file.ts";
import { drawText, textWidth } from "./glyphs.ts";

/** Pixels. */
const TILE_AREA = 240 * 240;
const GAP = 16;
const MARGIN = 24;
const CORNER = 6;
/** A sheet comes as near to this aspect as whole rows allow. */
const SHEET_ASPECT = 16 / 9;

export const SHEET_COLORS = {
  background: "#15161b",
  label: "#c9ccd6",
  quiet: "#7d8190",
  chosen: "#ffc53d",
} as const;

/** Of a tile, in pixels of the sheet. */
export interface Place {
  readonly left: number;
  readonly top: number;
}

export interface SheetLayout {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  place(index: number): Place;
}

/**
 * Rows and columns for `count` tiles.
 *
 * @param aspect width over height of a tile
 * @param labelHeight pixels below each tile
 * @param headHeight pixels above all of them
 */
export function layOutSheet(count: number, aspect: number, labelHeight: number, headHeight = 0): SheetLayout {
  const tileWidth = Math.round(Math.sqrt(TILE_AREA * aspect));
  const tileHeight = Math.round(tileWidth / aspect);
  const stepX = tileWidth + GAP;
  const stepY = tileHeight + labelHeight + GAP;
  const sheetSize = (columns: number) => ({
    width: 2 * MARGIN + columns * stepX - GAP,
    height: headHeight + 2 * MARGIN + Math.ceil(count / columns) * stepY - GAP,
  });
  const misfit = (columns: number) => {
    const { width, height } = sheetSize(columns);
    const empty = Math.ceil(count / columns) * columns - count;
    return Math.abs(Math.log(width / height / SHEET_ASPECT)) + (0.5 * empty) / columns;
  };
  const choices = Array.from({ length: count }, (_, index) => index + 1);
  const columns = choices.reduce((a, b) => (misfit(b) < misfit(a) ? b : a));
  const place = (index: number) => ({
    left: MARGIN + (index % columns) * stepX,
    top: headHeight + MARGIN + Math.floor(index / columns) * stepY,
  });
  return { ...sheetSize(columns), tileWidth, tileHeight, place };
}

/** A picture with round corners, cropped to the tile. @param brightness below 1 for a dull one */
export async function drawTile(
  image: ByteImage,
  place: Place,
  { tileWidth, tileHeight }: SheetLayout,
  brightness = 1,
): Promise<OverlayOptions> {
  const tile = fromRgbBytes(image).resize(tileWidth, tileHeight, { fit: "cover", kernel: "lanczos3" });
  if (brightness < 1) tile.modulate({ saturation: 0.5 }).linear(brightness);
  const corners = `<svg xmlns="http://www.w3.org/2000/svg" width="${tileWidth}" height="${tileHeight}"><rect width="100%" height="100%" rx="${CORNER}"/></svg>`;
  // PNG, because a tile with round corners has transparency.
  const input = await tile
    .ensureAlpha()
    .composite([{ input: Buffer.from(corners), blend: "dest-in" }])
    .png({ compressionLevel: 1 })
    .toBuffer();
  return { input, ...place };
}

/** A golden frame, and the rank on a golden disk. */
export function drawMark(
  rank: number,
  { left, top }: Place,
  { tileWidth, tileHeight }: Pick<SheetLayout, "tileWidth" | "tileHeight">,
): string {
  const text = String(rank);
  const digitHeight = 13;
  const [centerX, centerY] = [left + 22, top + 22];
  return [
    `<rect x="${left - 1}" y="${top - 1}" width="${tileWidth + 2}" height="${tileHeight + 2}" rx="${CORNER + 1}" fill="none" stroke="${SHEET_COLORS.chosen}" stroke-width="4"/>`,
    `<circle cx="${centerX}" cy="${centerY}" r="14" fill="${SHEET_COLORS.chosen}"/>`,
    drawText(
      text,
      centerX - textWidth(text, digitHeight) / 2,
      centerY - digitHeight / 2,
      digitHeight,
      SHEET_COLORS.background,
    ),
  ].join("");
}

/** `3.20s`, from a minute on `1:03.2`. */
export function formatTime(seconds: number): string {
  if (seconds < 59.995) return `${seconds.toFixed(2)}s`;
  const tenths = Math.round(seconds * 10);
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
}
