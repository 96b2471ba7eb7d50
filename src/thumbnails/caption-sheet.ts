/** Pictures with a few lines of text below each: the candidates with their reasons, and what was left out with its own. */
import type { ByteImage } from "../tensor/image.ts";
import { encodeSheet } from "./encode-sheet.ts";
import { drawText, textWidth, writable } from "./glyphs.ts";
import {
  drawMark,
  drawTile,
  layOutSheet,
  type Place,
  SHEET_COLORS,
  type SheetLayout,
} from "./sheet-tiles.ts";

export interface CaptionTile {
  readonly image: ByteImage;
  /** Left and right on the first line below the picture. */
  readonly heading: readonly [left: string, right: string];
  /** Below it, broken into two lines where it is too long. */
  readonly text: string;
  /** 1 for the best still; undefined when the frame was not chosen. */
  readonly rank?: number | undefined;
}

/** Pixels. */
const LINE_HEIGHT = 20;
const LABEL_HEIGHT = 14 + 3 * LINE_HEIGHT;
const HEAD_HEIGHT = 40;
const HEADING_SIZE = 12;
const TEXT_SIZE = 10;
const TITLE_SIZE = 15;
const MOST_LINES = 2;

/** A JPEG of one or more tiles under a title. Texts are shown in small letters, as far as there are glyphs. */
export async function encodeCaptionSheet(title: string, tiles: readonly CaptionTile[]): Promise<Buffer> {
  const [first] = tiles;
  if (!first) throw new RangeError("a sheet needs at least one picture");
  const layout = layOutSheet(tiles.length, first.image.width / first.image.height, LABEL_HEIGHT, HEAD_HEIGHT);
  const pictures = await Promise.all(
    tiles.map(({ image }, index) => drawTile(image, layout.place(index), layout)),
  );
  const { left } = layout.place(0);
  const texts = [
    drawText(fit(title, layout.width - 2 * left, TITLE_SIZE), left, 24, TITLE_SIZE, SHEET_COLORS.label),
    ...tiles.map((tile, index) => drawCaption(tile, layout.place(index), layout)),
  ];
  return await encodeSheet(layout, pictures, texts);
}

function drawCaption({ heading, text, rank }: CaptionTile, place: Place, layout: SheetLayout): string {
  const { left, top } = place;
  const { tileWidth, tileHeight } = layout;
  const color = rank === undefined ? SHEET_COLORS.label : SHEET_COLORS.chosen;
  const line = top + tileHeight + 11;
  const right = fit(heading[1], tileWidth / 2, HEADING_SIZE);
  const rightEdge = left + tileWidth - 2;
  const lines = breakLines(writable(text), tileWidth - 4, TEXT_SIZE);
  return [
    drawText(fit(heading[0], tileWidth / 2 - 8, HEADING_SIZE), left + 2, line, HEADING_SIZE, color),
    drawText(right, rightEdge - textWidth(right, HEADING_SIZE), line, HEADING_SIZE, color),
    ...lines.map((words, index) =>
      drawText(words, left + 2, line + 3 + (index + 1) * LINE_HEIGHT, TEXT_SIZE, SHEET_COLORS.quiet),
    ),
    ...(rank === undefined ? [] : [drawMark(rank, place, layout)]),
  ].join("");
}

/** As much of the text as fits into `width` pixels. */
function fit(text: string, width: number, size: number): string {
  let shown = writable(text);
  while (textWidth(shown, size) > width) shown = shown.slice(0, -1).trimEnd();
  return shown;
}

/** Words in lines of at most `width` pixels; what does not fit into the last one is left out. */
function breakLines(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)!} ${word}`;
    if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else if (lines.length < MOST_LINES) lines.push(fit(word, width, size));
    else break;
  }
  return lines;
}
