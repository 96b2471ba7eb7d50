/** How a still will look in lists: large with badge and safe zone, and at the sizes of phones and side columns. */

import type { OverlayOptions } from "sharp";
import type { Area } from "../scoring/luma.ts";
import type { ByteImage } from "../tensor/image.ts";
import { fromRgbBytes } from "../tensor/picture-file.ts";
import sharp from "../tensor/sharp.ts";
import { drawText, textWidth } from "./glyphs.ts";
import { type SafeZoneSettings, safeZoneOf } from "./safe-zone.ts";

/** Longer side of the large picture, and widths of the small ones, in pixels: a wide list, a side column, the smallest. */
const LARGE_SIDE = 720;
const SMALL_WIDTHS = { wide: [336, 168, 120], upright: [168, 120, 80] };
const GAP = 20;
const BACKGROUND = "#15161b";
const ZONE_COLOR = "#ffc53d";
const DURATION = "12:34";
/** Of the corner that is kept free, the badge itself; the rest is the space around it. */
const BADGE_SHARE = 0.72;

/** A JPEG with the still four times. */
export async function encodePreview(still: ByteImage, settings: SafeZoneSettings): Promise<Buffer> {
  const large = LARGE_SIDE / Math.max(still.width, still.height);
  const widths = still.width > still.height ? SMALL_WIDTHS.wide : SMALL_WIDTHS.upright;
  const tiles = [large, ...widths.map((width) => width / still.width)].map((scale) => ({
    width: Math.round(still.width * scale),
    height: Math.max(1, Math.round(still.height * scale)),
  }));
  const [first, ...small] = tiles as [Tile, ...Tile[]];
  const column = Math.max(...small.map(({ width }) => width));
  let top = GAP;
  const places = small.map((tile) => {
    const place = { left: first.width + 2 * GAP, top };
    top += tile.height + GAP;
    return place;
  });
  const layers = await Promise.all([
    drawTile(still, first, { left: GAP, top: GAP }, settings, true),
    ...small.map((tile, i) => drawTile(still, tile, places[i]!, settings, false)),
  ]);
  const size = { width: first.width + column + 3 * GAP, height: Math.max(first.height + 2 * GAP, top) };
  return await sharp({ create: { ...size, channels: 3, background: BACKGROUND } })
    .composite(layers.flat())
    .jpeg({ quality: 90, chromaSubsampling: "4:4:4" })
    .toBuffer();
}

interface Tile {
  readonly width: number;
  readonly height: number;
}

async function drawTile(
  still: ByteImage,
  tile: Tile,
  place: { readonly left: number; readonly top: number },
  settings: SafeZoneSettings,
  showsZone: boolean,
): Promise<OverlayOptions[]> {
  const { width, height } = tile;
  const { area, badge } = safeZoneOf(tile, settings);
  const zone = `<rect x="${area.left}" y="${area.top}" width="${area.width}" height="${area.height}" fill="none" stroke="${ZONE_COLOR}" stroke-width="2" stroke-dasharray="8 6"/>`;
  const marks = [...(showsZone ? [zone] : []), ...(badge ? [drawBadge(badge)] : [])].join("");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${marks}</svg>`;
  const picture = await fromRgbBytes(still).resize(width, height, { fit: "fill" }).png().toBuffer();
  return [
    { input: picture, ...place },
    { input: Buffer.from(svg), ...place },
  ];
}

/** White digits on a dark plate, in the middle of the corner. */
function drawBadge({ left, top, width, height }: Area): string {
  const plate = { width: BADGE_SHARE * width, height: BADGE_SHARE * height };
  const x = left + (width - plate.width) / 2;
  const y = top + (height - plate.height) / 2;
  const digits = Math.min(0.55 * plate.height, (0.8 * plate.width) / textWidth(DURATION, 1));
  const text = drawText(
    DURATION,
    x + (plate.width - textWidth(DURATION, digits)) / 2,
    y + (plate.height - digits) / 2,
    digits,
    "#fff",
  );
  return `<rect x="${x}" y="${y}" width="${plate.width}" height="${plate.height}" rx="${0.15 * plate.height}" fill="#000" fill-opacity="0.8"/>${text}`;
}
