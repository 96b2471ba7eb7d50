/** Bars: where between black borders the picture itself lies. */
import type { Area, LumaPlane } from "./luma.ts";

/** Mean luma up to which a line at the border can be a bar: video's black is 16 of 255, and compression leaves some on top. Own. */
const BAR_LEVEL = 24;
/** Spread of the luma along a line up to which it can be a bar; a night sky with stars has more. Own. */
const BAR_SPREAD = 4;
/** Bars of a format are alike: the smaller one has at least this share of the larger one. Own. */
const BAR_BALANCE = 0.7;
/** Thinner pairs, as shares of the side, are borders of the recording that bother nobody. Own. */
const THINNEST_PAIR = 0.02;

/**
 * The area inside of bars above and below, left and right, or both; the whole plane when it has none, and when nothing in it is brighter than a bar.
 * Bars come in pairs of about the same width: a dark sky alone is none.
 */
export function findPicture(luma: LumaPlane): Area {
  const { width, height } = luma;
  const [top, bottom] = barPair(luma, height, width, width, 1);
  const [left, right] = barPair(luma, width, height, 1, width);
  // Where the bars of one direction meet, the plane is black altogether.
  if (top + bottom >= height || left + right >= width) return { left: 0, top: 0, width, height };
  return { left, top, width: width - left - right, height: height - top - bottom };
}

/** Lines at the start and at the end that are bars. `step` leads from line to line, `stride` along one. */
function barPair(
  luma: LumaPlane,
  lines: number,
  length: number,
  step: number,
  stride: number,
): [first: number, last: number] {
  let first = 0;
  while (first < lines && isBar(luma.values, first * step, length, stride)) first++;
  if (first === lines) return [lines, 0];
  let last = 0;
  while (isBar(luma.values, (lines - 1 - last) * step, length, stride)) last++;
  const isPair = Math.min(first, last) >= BAR_BALANCE * Math.max(first, last);
  return isPair && first + last >= THINNEST_PAIR * lines ? [first, last] : [0, 0];
}

function isBar(values: Float32Array, start: number, length: number, stride: number): boolean {
  let sum = 0;
  let squares = 0;
  for (let n = 0, i = start; n < length; n++, i += stride) {
    sum += values[i]!;
    squares += values[i]! * values[i]!;
  }
  const mean = sum / length;
  return mean <= BAR_LEVEL && squares / length - mean * mean <= BAR_SPREAD ** 2;
}
