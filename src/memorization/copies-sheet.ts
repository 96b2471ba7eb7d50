/** Near-copies on one page: each picture beside the reference that it resembles. */

import type { OverlayOptions } from "sharp";
import type { ByteImage } from "../tensor/image.ts";
import { fromRgbBytes } from "../tensor/picture-file.ts";
import { encodeSheet } from "../thumbnails/encode-sheet.ts";
import { drawText, textWidth, writable } from "../thumbnails/glyphs.ts";
import { SHEET_COLORS } from "../thumbnails/sheet-tiles.ts";
import type { Likeness } from "./compare-prints.ts";

export interface CopyPair {
  readonly picture: ByteImage;
  readonly reference: ByteImage;
  /** Printed below the pictures, as far as there are glyphs and room. */
  readonly pictureName: string;
  readonly referenceName: string;
  readonly likeness: Likeness;
}

/** Pixels. */
const TILE_HEIGHT = 216;
const TILE_WIDTH = 384;
const GAP = 12;
const MARGIN = 24;
const LABEL_HEIGHT = 50;
const TEXT_HEIGHT = 12;

const MARK_COLOR = "#ff5c5c";

/** A JPEG with one row per pair: the picture, and the reference with a frame where the picture lies on it. At least one pair. */
export async function encodeCopiesSheet(pairs: readonly CopyPair[]): Promise<Buffer> {
  const width = 2 * MARGIN + 2 * TILE_WIDTH + GAP;
  const height = 2 * MARGIN + pairs.length * (TILE_HEIGHT + LABEL_HEIGHT);
  const rows = await Promise.all(
    pairs.map((pair, row) => drawPair(pair, MARGIN + row * (TILE_HEIGHT + LABEL_HEIGHT))),
  );
  return await encodeSheet(
    { width, height },
    rows.flatMap(({ tiles }) => tiles),
    rows.map(({ svg }) => svg),
  );
}

/** Where a tile shows its picture, in pixels of the sheet. */
interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

async function drawPair(pair: CopyPair, top: number): Promise<{ tiles: OverlayOptions[]; svg: string }> {
  const [left, right] = [MARGIN, MARGIN + TILE_WIDTH + GAP];
  const picture = fit(pair.picture, left, top);
  const reference = fit(pair.reference, right, top);
  const { sharedDetail, ssim, hashDistance, placement } = pair.likeness;
  const facts = `shared ${Math.round(100 * sharedDetail)}%  ssim ${ssim.toFixed(2)}  hash ${hashDistance}${placement.mirrored ? "  mirrored" : ""}`;
  const baseline = top + TILE_HEIGHT + 8;
  const labels = [
    drawText(shorten(pair.pictureName), left, baseline, TEXT_HEIGHT, SHEET_COLORS.label),
    drawText(shorten(pair.referenceName), right, baseline, TEXT_HEIGHT, SHEET_COLORS.label),
    drawText(facts, left, baseline + 20, TEXT_HEIGHT - 2, SHEET_COLORS.quiet),
  ];
  return {
    tiles: [await drawTile(pair.picture, picture), await drawTile(pair.reference, reference)],
    svg: labels.join("") + drawMark(reference, pair.likeness),
  };
}

/** The whole picture as large as the tile allows, at its left as the labels are. */
function fit({ width, height }: ByteImage, left: number, top: number): Frame {
  const scale = Math.min(TILE_WIDTH / width, TILE_HEIGHT / height);
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  return {
    left,
    top: top + Math.floor((TILE_HEIGHT - size.height) / 2),
    ...size,
  };
}

async function drawTile(image: ByteImage, { left, top, width, height }: Frame): Promise<OverlayOptions> {
  const input = await fromRgbBytes(image)
    .resize(width, height, { fit: "fill" })
    .png({ compressionLevel: 1 })
    .toBuffer();
  return { input, left, top };
}

/** The part of the reference that the picture shows. */
function drawMark({ left, top, width, height }: Frame, { placement }: Likeness): string {
  const x = Math.max(0, placement.left);
  const y = Math.max(0, placement.top);
  const right = Math.min(1, placement.left + placement.width);
  const bottom = Math.min(1, placement.top + placement.height);
  return `<rect x="${left + x * width}" y="${top + y * height}" width="${(right - x) * width}" height="${(bottom - y) * height}" fill="none" stroke="${MARK_COLOR}" stroke-width="2"/>`;
}

/** The end of a name says most: folders are left off first. */
function shorten(name: string): string {
  let text = writable(name);
  while (textWidth(text, TEXT_HEIGHT) > TILE_WIDTH) text = `..${text.slice(3).replace(/^\.*/, "")}`;
  return text;
}
