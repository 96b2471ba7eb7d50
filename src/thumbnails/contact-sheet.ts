/** The film on one page: evenly spaced frames with number, time and score, the chosen stills marked. */
import type { OverlayOptions } from "sharp";
import type { ByteImage } from "../tensor/image.ts";
import { encodeSheet } from "./encode-sheet.ts";
import { drawText, textWidth } from "./glyphs.ts";
import {
  drawMark,
  drawTile,
  formatTime,
  layOutSheet,
  type Place,
  SHEET_COLORS,
  type SheetLayout,
} from "./sheet-tiles.ts";

export interface SheetFrame {
  readonly frame: number;
  readonly timeSeconds: number;
  /** Called when the frame is drawn, one after the other: of large pictures two dozen at once would be gigabytes. */
  readonly read: () => Promise<ByteImage>;
  /** 0–1; undefined for a dud, which is shown dark; null when nothing was scored. */
  readonly merit: number | undefined | null;
  /** 1 for the best still, 2 for the next …; undefined when the frame was not chosen. */
  readonly rank?: number | undefined;
}

/** Pixels. */
const LABEL_HEIGHT = 34;
const DIGIT_HEIGHT = 12;

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
  let image = await first.read();
  const layout = layOutSheet(frames.length, image.width / image.height, LABEL_HEIGHT);
  const tiles: OverlayOptions[] = [];
  for (const [index, { read, merit }] of frames.entries()) {
    if (index > 0) image = await read();
    const brightness = merit === undefined ? DUD_BRIGHTNESS : 1;
    tiles.push(await drawTile(image, layout.place(index), layout, brightness));
  }
  const labels = frames.map((frame, index) => drawLabels(frame, layout.place(index), layout));
  return await encodeSheet(layout, tiles, labels);
}

function drawLabels(frame: SheetFrame, place: Place, layout: SheetLayout): string {
  const { left, top } = place;
  const { tileWidth, tileHeight } = layout;
  const color = frame.rank === undefined ? SHEET_COLORS.label : SHEET_COLORS.chosen;
  const baseline = top + tileHeight + 11;
  const score = scoreText(frame.merit);
  const time = formatTime(frame.timeSeconds);
  const timeLeft = left + (tileWidth - textWidth(time, DIGIT_HEIGHT)) / 2;
  const scoreLeft = left + tileWidth - textWidth(score, DIGIT_HEIGHT) - 2;
  const parts = [
    drawText(`#${frame.frame}`, left + 2, baseline, DIGIT_HEIGHT, color),
    drawText(time, timeLeft, baseline, DIGIT_HEIGHT, SHEET_COLORS.quiet),
    drawText(score, scoreLeft, baseline, DIGIT_HEIGHT, color),
  ];
  if (frame.rank !== undefined) parts.push(drawMark(frame.rank, place, layout));
  return parts.join("");
}

function scoreText(merit: SheetFrame["merit"]): string {
  if (merit === null) return "";
  return merit === undefined ? "-" : `${Math.round(merit * 100)}%`;
}
