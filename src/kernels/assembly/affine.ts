/**
 * Bilinear rows of a picture that is moved without perspective. Along a row positions make equal steps, so its pixels need none from outside
 * from one column to another, and no matrix has to be applied to them one by one. The same bits as by ./locate.ts and ./sample.ts.
 */

import { awaitRows } from "./arrival";
import { bilinearAtEdge, blend } from "./bilinear";
import { Matrix } from "./locate";
import { offsetsOf } from "./places";
import { BORDER, Source } from "./taps";

/** Whether the matrix has no perspective. */
// @ts-ignore: decorator
@inline
export function isAffine(m: Matrix): bool {
  return m.g == 0 && m.h == 0;
}

/** Bytes of workspace besides 16 per column, with what is overwritten after each list in it. */
const BLOCK: usize = 576;
const SPARE: usize = 32;

/**
 * @param output `[width, 3]` floats, and one float more that is overwritten
 * @param block workspace of 16 · width + 704 bytes
 */
export function affineRow(source: Source, m: Matrix, row: i32, output: usize, block: usize): void {
  const width = source.width;
  const y = <f64>row;
  const right = f64x2(m.a, m.d);
  const start = f64x2(m.b * y + m.c, m.e * y + m.f);
  const scale = f64x2.splat(1 / m.i);
  const last = f64x2(<f64>width - 1, <f64>source.height - 1);

  // Rounding keeps the order of positions: between two that lie inside all do.
  let first = 0;
  while (first < width && !isInside(positionOf(first, right, start, scale), last)) first++;
  let end = width;
  while (end > first && !isInside(positionOf(end - 1, right, start, scale), last)) end--;

  awaitRows(rowsOf(source, end - first == width, right, start, scale));
  drawEdges(source, 0, first, right, start, scale, output, block);
  if (first < end) {
    const offsets = block + BLOCK;
    const across = offsets + 8 * width + SPARE;
    const down = across + 4 * width + SPARE;
    locateInside(12 * width, first, end, right, start, scale, offsets, across, down);
    drawInside(source.picture, 12 * width, end - first, offsets, across, down, output + 12 * first);
  }
  drawEdges(source, end, width, right, start, scale, output, block);
}

/** Column and row of the picture that a column of the row shows. */
// @ts-ignore: decorator
@inline
function positionOf(column: i32, right: v128, start: v128, scale: v128): v128 {
  return f64x2.mul(f64x2.add(f64x2.mul(right, f64x2.splat(<f64>column)), start), scale);
}

// @ts-ignore: decorator
@inline
function isInside(position: v128, last: v128): bool {
  const within = v128.and(f64x2.ge(position, f64x2.splat(0)), f64x2.lt(position, last));
  return i64x2.bitmask(within) == 3;
}

/** Rows of the picture that must have arrived: up to the one below the row's lower end, or all, where what lies outside is taken from elsewhere. */
function rowsOf(source: Source, isWithin: bool, right: v128, start: v128, scale: v128): i32 {
  const height = source.height;
  if (!isWithin && source.rule != BORDER) return height;
  const here = f64x2.extract_lane(positionOf(0, right, start, scale), 1);
  const there = f64x2.extract_lane(positionOf(source.width - 1, right, start, scale), 1);
  const lowest = max<f64>(0, max<f64>(here, there));
  return lowest < <f64>height - 2 ? <i32>lowest + 2 : height;
}

function drawEdges(
  source: Source,
  first: i32,
  end: i32,
  right: v128,
  start: v128,
  scale: v128,
  output: usize,
  block: usize,
): void {
  const place = block + 512;
  for (let column = first; column < end; column++) {
    v128.store(place, positionOf(column, right, start, scale));
    bilinearAtEdge(source, place, output + 12 * column, block);
  }
}

/**
 * Where the upper left of the four pixels of each column lies in the picture, and the shares of the right and of the lower ones.
 *
 * @param offsets bytes, i64 each
 * @param across f32 each, like `down`; up to 16 bytes after each of the three lists are overwritten
 */
function locateInside(
  stride: i32,
  first: i32,
  end: i32,
  right: v128,
  start: v128,
  scale: v128,
  offsets: usize,
  across: usize,
  down: usize,
): void {
  const rightX = v128.shuffle<f64>(right, right, 0, 0);
  const rightY = v128.shuffle<f64>(right, right, 1, 1);
  const startX = v128.shuffle<f64>(start, start, 0, 0);
  const startY = v128.shuffle<f64>(start, start, 1, 1);
  const strides = f64x2.splat(<f64>stride);
  // From memory, because V8 makes a constant anew for every pair.
  v128.store(offsets, f64x2.splat(2));
  const two = v128.load(offsets);
  let columns = f64x2.add(f64x2.splat(<f64>first), f64x2(0, 1));
  const last = across + 4 * (end - first);
  do {
    const x = f64x2.mul(f64x2.add(f64x2.mul(rightX, columns), startX), scale);
    const y = f64x2.mul(f64x2.add(f64x2.mul(rightY, columns), startY), scale);
    const left = f64x2.floor(x);
    const top = f64x2.floor(y);
    v128.store(offsets, offsetsOf(left, top, strides));
    v128.store(across, f32x4.demote_f64x2_zero(f64x2.sub(x, left)));
    v128.store(down, f32x4.demote_f64x2_zero(f64x2.sub(y, top)));
    columns = f64x2.add(columns, two);
    offsets += 16;
    across += 8;
    down += 8;
  } while (across < last);
}

/** `count` pixels from lists of {@link locateInside}: of an odd count the first one alone, then two at a time. */
function drawInside(
  picture: usize,
  stride: i32,
  count: i32,
  offsets: usize,
  across: usize,
  down: usize,
  output: usize,
): void {
  const end = output + 12 * count;
  if ((count & 1) != 0) {
    drawPixel(picture, stride, offsets, across, down, output);
    if (count == 1) return;
    offsets += 8;
    across += 4;
    down += 4;
    output += 12;
  }
  do {
    drawPixel(picture, stride, offsets, across, down, output);
    drawPixel(picture, stride, offsets + 8, across + 4, down + 4, output + 12);
    offsets += 16;
    across += 8;
    down += 8;
    output += 24;
  } while (output < end);
}

/** Shares come from memory, because spreading them out of a vector would take the units that compute. */
// @ts-ignore: decorator
@inline
function drawPixel(
  picture: usize,
  stride: usize,
  offset: usize,
  across: usize,
  down: usize,
  output: usize,
): void {
  const at = picture + load<i32>(offset);
  v128.store(output, blend(at, stride, v128.load32_splat(across), v128.load32_splat(down)));
}
