/** All pictures of a brainstorm on one page: rows and columns with their labels, the best ones marked. */

import type { OverlayOptions } from "sharp";
import type { ByteImage } from "../tensor/image.ts";
import { fromRgbBytes } from "../tensor/picture-file.ts";
import { encodeSheet } from "../thumbnails/encode-sheet.ts";
import { drawText, textWidth, writable } from "../thumbnails/glyphs.ts";
import { drawMark, SHEET_COLORS } from "../thumbnails/sheet-tiles.ts";
import { wrapText } from "./wrap-text.ts";

/** One picture on the page. */
export interface GridTile {
  readonly number: number;
  readonly row: number;
  readonly column: number;
  /** From {@link shrinkForSheet}; null: there is none, and `note` says why. */
  readonly image: ByteImage | null;
  /** 0–1; null where nothing is known. */
  readonly merit: number | null;
  /** 1 for the best; not given: not chosen. */
  readonly rank?: number | undefined;
  /** Why it is a dud, or not there. */
  readonly note?: string | undefined;
}

export interface SheetContent {
  readonly title: string;
  /** One line below the title: channel, model, sampler. */
  readonly subtitle: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly tiles: readonly GridTile[];
  /** Width over height of the pictures. */
  readonly aspect: number;
}

/** Longer side of a tile, pixels. */
const LARGEST_TILE = 240;
const SMALLEST_TILE = 96;
/** Of all tiles together, and of a side of the page: what JPEG and a viewer can take. */
const MOST_PIXELS = 12_000_000;
const LONGEST_SIDE = 14_000;

const MARGIN = 28;
const GAP = 14;
/** Below a tile: its number and score. */
const CAPTION = 30;
const LABEL_WIDTH = 250;
const LABEL_GAP = 22;
const TITLE_SIZE = 20;
const TEXT_SIZE = 12;
const SMALL_SIZE = 10;
const LINE = 23;

const EMPTY_COLOR = "#23252d";
const TITLE_COLOR = "#f2f3f7";
/** Brightness of a dud. */
const DUD_BRIGHTNESS = 0.35;

/** The picture as large as a tile can be: a sheet of hundreds is drawn from these, so that none has to be held whole. */
export async function shrinkForSheet(picture: ByteImage): Promise<ByteImage> {
  const scale = LARGEST_TILE / Math.max(picture.width, picture.height);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const data = await fromRgbBytes(picture)
    .resize(width, height, { fit: "fill", kernel: "lanczos3" })
    .raw()
    .toBuffer();
  return { width, height, data };
}

/** The page as a JPEG. Labels are drawn without fonts, see thumbnails/glyphs.ts; a label that cannot be written is the number of its line. */
export async function encodeGridSheet(content: SheetContent): Promise<Buffer> {
  const layout = layOut(content);
  const pictures = await Promise.all(
    content.tiles.flatMap((tile) => (tile.image === null ? [] : [drawPicture(tile, tile.image, layout)])),
  );
  const texts = [
    ...drawHeading(content, layout),
    ...content.rows.map((label, row) => drawRowLabel(label, row, layout)),
    ...content.columns.map((label, column) => drawColumnLabel(label, column, layout)),
    ...content.tiles.map((tile) => drawCaption(tile, layout)),
  ];
  return await encodeSheet(layout, pictures, texts);
}

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly labelWidth: number;
  readonly headerHeight: number;
  place(tile: Pick<GridTile, "row" | "column">): { readonly left: number; readonly top: number };
}

function layOut({ rows, columns, aspect, title, subtitle }: SheetContent): Layout {
  const side = Math.min(
    LARGEST_TILE,
    Math.max(
      SMALLEST_TILE,
      Math.min(
        Math.sqrt(MOST_PIXELS / (rows.length * columns.length)),
        LONGEST_SIDE / columns.length - GAP,
        LONGEST_SIDE / rows.length - GAP - CAPTION,
      ),
    ),
  );
  const tileWidth = Math.max(8, Math.round(aspect >= 1 ? side : side * aspect));
  const tileHeight = Math.max(8, Math.round(aspect >= 1 ? side / aspect : side));
  const widest = Math.max(...rows.map((label) => textWidth(writable(label), TEXT_SIZE)));
  const labelWidth = Math.ceil(Math.min(LABEL_WIDTH, Math.max(widest, 40)));
  const headerLines = Math.max(...columns.map((label) => columnLines(label, tileWidth).length));
  const headerHeight = TITLE_SIZE + 20 + LINE + 10 + headerLines * LINE;
  const left = MARGIN + labelWidth + LABEL_GAP;
  const top = MARGIN + headerHeight;
  const [stepX, stepY] = [tileWidth + GAP, tileHeight + CAPTION + GAP];
  const heading = Math.max(textWidth(writable(title), TITLE_SIZE), textWidth(writable(subtitle), SMALL_SIZE));
  return {
    width: Math.ceil(
      Math.max(left + columns.length * stepX - GAP, Math.min(MARGIN + heading, 1200)) + MARGIN,
    ),
    height: top + rows.length * stepY - GAP + MARGIN,
    tileWidth,
    tileHeight,
    labelWidth,
    headerHeight,
    place: ({ row, column }) => ({ left: left + column * stepX, top: top + row * stepY }),
  };
}

async function drawPicture(tile: GridTile, image: ByteImage, layout: Layout): Promise<OverlayOptions> {
  const { tileWidth: width, tileHeight: height } = layout;
  const scaled = fromRgbBytes(image).resize(width, height, {
    fit: "contain",
    kernel: "lanczos3",
    background: EMPTY_COLOR,
  });
  if (isDud(tile)) scaled.modulate({ saturation: 0.5 }).linear(DUD_BRIGHTNESS);
  const input = await scaled.removeAlpha().raw().toBuffer();
  return { input, raw: { width, height, channels: 3 }, ...layout.place(tile) };
}

function isDud({ image, note }: GridTile): boolean {
  return image !== null && note !== undefined;
}

function drawHeading({ title, subtitle }: SheetContent, { width }: Layout): string[] {
  const [line = ""] = wrapText(title, width - 2 * MARGIN, TITLE_SIZE, 1);
  const [facts = ""] = wrapText(subtitle, width - 2 * MARGIN, SMALL_SIZE, 1);
  return [
    drawText(line, MARGIN, MARGIN, TITLE_SIZE, TITLE_COLOR),
    drawText(facts, MARGIN, MARGIN + TITLE_SIZE + 18, SMALL_SIZE, SHEET_COLORS.quiet),
  ];
}

function drawRowLabel(label: string, row: number, layout: Layout): string {
  const { top } = layout.place({ row, column: 0 });
  const { labelWidth, tileHeight } = layout;
  const most = Math.max(1, Math.floor((tileHeight + CAPTION) / LINE));
  const wrapped = wrapText(label, labelWidth, TEXT_SIZE, most);
  const lines = wrapped.length === 0 ? [`row ${row + 1}`] : wrapped;
  return lines
    .map((line, index) => drawText(line, MARGIN, top + 4 + index * LINE, TEXT_SIZE, SHEET_COLORS.label))
    .join("");
}

function columnLines(label: string, tileWidth: number): string[] {
  return wrapText(label, tileWidth, TEXT_SIZE, 5);
}

function drawColumnLabel(label: string, column: number, layout: Layout): string {
  const { left, top } = layout.place({ row: 0, column });
  const wrapped = columnLines(label, layout.tileWidth);
  const lines = wrapped.length === 0 ? [`column ${column + 1}`] : wrapped;
  return lines
    .map((line, index) => {
      const x = left + (layout.tileWidth - textWidth(line, TEXT_SIZE)) / 2;
      return drawText(line, x, top - (lines.length - index) * LINE + 2, TEXT_SIZE, SHEET_COLORS.label);
    })
    .join("");
}

/** Number and score below the tile, or why there is none; the frame and rank of a chosen one. */
function drawCaption(tile: GridTile, layout: Layout): string {
  const { left, top } = layout.place(tile);
  const { tileWidth, tileHeight } = layout;
  const color = tile.rank === undefined ? SHEET_COLORS.quiet : SHEET_COLORS.chosen;
  const baseline = top + tileHeight + 9;
  const right = tile.note ?? (tile.merit === null ? "" : `${Math.round(tile.merit * 100)}%`);
  const number = `#${tile.number}`;
  const [note = ""] = wrapText(right, tileWidth - textWidth(number, SMALL_SIZE) - 12, SMALL_SIZE, 1);
  const parts = [
    drawText(number, left + 1, baseline, SMALL_SIZE, color),
    drawText(note, left + tileWidth - textWidth(note, SMALL_SIZE) - 1, baseline, SMALL_SIZE, color),
  ];
  if (tile.image === null) {
    parts.unshift(
      `<rect x="${left}" y="${top}" width="${tileWidth}" height="${tileHeight}" fill="${EMPTY_COLOR}"/>`,
    );
  }
  if (tile.rank !== undefined) parts.push(drawMark(tile.rank, { left, top }, layout));
  return parts.join("");
}
