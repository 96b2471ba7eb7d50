/** The film on one page: evenly spaced frames with number, time and score, the chosen stills marked. */
import type { OverlayOptions } from "sharp";
import sharp from "../tensor/sharp.ts";
import type { ByteImage } from "../tensor/image.ts";
import { fromRgbBytes } from "../tensor/picture-file.ts";
import { drawText, textWidth } from "./glyphs.ts";

export interface SheetFrame {
  readonly frame: number;
  readonly timeSeconds: number;
  readonly image: ByteImage;
  /** 0–1; undefined for a dud, which is shown dark; null when nothing was scored. */
  readonly merit: number | undefined | null;
  /** 1 for the best still, 2 for the next …; undefined when the frame was not chosen. */
  readonly rank?: number | undefined;
}

/** Pixels. */
const TILE_AREA = 240 * 240;
const GAP = 16;
const MARGIN = 24;
const LABEL_HEIGHT = 34;
const DIGIT_HEIGHT = 12;
const CORNER = 6;
/** The sheet comes as near to this aspect as whole rows allow. */
const SHEET_ASPECT = 16 / 9;

const BACKGROUND = "#15161b";
const LABEL_COLOR = "#c9ccd6";
const QUIET_COLOR = "#7d8190";
const CHOSEN_COLOR = "#ffc53d";
/** Brightness of a dud. */
const DUD_BRIGHTNESS = 0.35;

/**
 * Which frames a sheet shows: at most `count`, evenly spaced from the first to the last, all of `chosen` among them (each takes the place of
 * the nearest other frame). Ascending, without repetition.
 */
export function chooseSheetFrames(frameCount: number, chosen: readonly number[], count = 24): number[] {
  const size = Math.min(frameCount, Math.max(count, chosen.length));
  const step = size > 1 ? (frameCount - 1) / (size - 1) : 0;
  const shown = Array.from({ length: size }, (_, index) => Math.round(index * step));
  for (const frame of chosen) {
    if (shown.includes(frame)) continue;
    const free = shown.filter((other) => !chosen.includes(other));
    const nearest = free.reduce((a, b) => (Math.abs(b - frame) < Math.abs(a - frame) ? b : a));
    shown[shown.indexOf(nearest)] = frame;
  }
  return shown.toSorted((a, b) => a - b);
}

/** A JPEG of all `frames` (one or more, of one size) in rows. */
export async function encodeContactSheet(frames: readonly SheetFrame[]): Promise<Buffer> {
  const [first] = frames;
  if (!first) throw new RangeError("a contact sheet needs at least one frame");
  const layout = layOut(frames.length, first.image.width / first.image.height);
  const { width, height } = layout;
  const tiles = await Promise.all(frames.map((frame, index) => drawTile(frame, layout.place(index), layout)));
  const labels = frames.map((frame, index) => drawLabels(frame, layout.place(index), layout));
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${labels.join("")}</svg>`;
  return sharp({ create: { width, height, channels: 3, background: BACKGROUND } })
    .composite([...tiles, { input: Buffer.from(overlay) }])
    .jpeg({ quality: 88, chromaSubsampling: "4:4:4", progressive: true })
    .toBuffer();
}

interface Place {
  readonly left: number;
  readonly top: number;
}

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  place(index: number): Place;
}

function layOut(count: number, aspect: number): Layout {
  const tileWidth = Math.round(Math.sqrt(TILE_AREA * aspect));
  const tileHeight = Math.round(tileWidth / aspect);
  const stepX = tileWidth + GAP;
  const stepY = tileHeight + LABEL_HEIGHT + GAP;
  const sheetSize = (columns: number) => ({
    width: 2 * MARGIN + columns * stepX - GAP,
    height: 2 * MARGIN + Math.ceil(count / columns) * stepY - GAP,
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
    top: MARGIN + Math.floor(index / columns) * stepY,
  });
  return { ...sheetSize(columns), tileWidth, tileHeight, place };
}

async function drawTile(
  { image, merit }: SheetFrame,
  place: Place,
  { tileWidth, tileHeight }: Layout,
): Promise<OverlayOptions> {
  const tile = fromRgbBytes(image).resize(tileWidth, tileHeight, { fit: "cover", kernel: "lanczos3" });
  if (merit === undefined) tile.modulate({ saturation: 0.5 }).linear(DUD_BRIGHTNESS);
  const corners = `<svg xmlns="http://www.w3.org/2000/svg" width="${tileWidth}" height="${tileHeight}"><rect width="100%" height="100%" rx="${CORNER}"/></svg>`;
  // PNG, because a tile with round corners has transparency.
  const input = await tile
    .ensureAlpha()
    .composite([{ input: Buffer.from(corners), blend: "dest-in" }])
    .png({ compressionLevel: 1 })
    .toBuffer();
  return { input, ...place };
}

function drawLabels(frame: SheetFrame, place: Place, { tileWidth, tileHeight }: Layout): string {
  const { left, top } = place;
  const color = frame.rank === undefined ? LABEL_COLOR : CHOSEN_COLOR;
  const baseline = top + tileHeight + 11;
  const score = scoreText(frame.merit);
  const time = formatTime(frame.timeSeconds);
  const timeLeft = left + (tileWidth - textWidth(time, DIGIT_HEIGHT)) / 2;
  const scoreLeft = left + tileWidth - textWidth(score, DIGIT_HEIGHT) - 2;
  const parts = [
    drawText(`#${frame.frame}`, left + 2, baseline, DIGIT_HEIGHT, color),
    drawText(time, timeLeft, baseline, DIGIT_HEIGHT, QUIET_COLOR),
    drawText(score, scoreLeft, baseline, DIGIT_HEIGHT, color),
  ];
  if (frame.rank !== undefined) parts.push(drawMark(frame.rank, place, tileWidth, tileHeight));
  return parts.join("");
}

function scoreText(merit: SheetFrame["merit"]): string {
  if (merit === null) return "";
  return merit === undefined ? "-" : `${Math.round(merit * 100)}%`;
}

/** A golden frame, and the rank on a golden disk. */
function drawMark(rank: number, { left, top }: Place, tileWidth: number, tileHeight: number): string {
  const text = String(rank);
  const digitHeight = 13;
  const [centerX, centerY] = [left + 22, top + 22];
  return [
    `<rect x="${left - 1}" y="${top - 1}" width="${tileWidth + 2}" height="${tileHeight + 2}" rx="${CORNER + 1}" fill="none" stroke="${CHOSEN_COLOR}" stroke-width="4"/>`,
    `<circle cx="${centerX}" cy="${centerY}" r="14" fill="${CHOSEN_COLOR}"/>`,
    drawText(
      text,
      centerX - textWidth(text, digitHeight) / 2,
      centerY - digitHeight / 2,
      digitHeight,
      BACKGROUND,
    ),
  ].join("");
}

/** `3.20s`, from a minute on `1:03.2`. */
function formatTime(seconds: number): string {
  if (seconds < 59.995) return `${seconds.toFixed(2)}s`;
  const tenths = Math.round(seconds * 10);
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
}
