/** A picture seen through a net of positions, see ./net.ts. */

import { Net } from "./net";
import { offsetOf } from "./places";

/** Written by ../../preview/draw-trace.ts. */
@unmanaged
export class NetPicture extends Net {
  /** {@link Level}s: the picture at 1, 1/2, 1/4 … of its size. */
  levels: usize;
  levelCount: i32;
}

const LEVEL_BYTES = 40;

@unmanaged
class Level {
  /** `[height, width, 3]` bytes, with at least a row and eight bytes after them, which do not show. */
  pixels: usize;
  width: i32;
  height: i32;
  unused: i32;
  /** The last pixel. */
  lastX: f64;
  lastY: f64;
  /** Of its pixels to those of the picture. */
  scale: f64;
}

/**
 * Rows of pixels of the picture that the net shows, bilinear, in the level whose pixels are nearest to those of the view in size. Beyond its
 * edges the picture goes on as its own mirror image.
 *
 * @param output `[last − first, width, 3]` bytes, and one more that is overwritten
 */
export function drawNet(net: NetPicture, first: i32, last: i32, output: usize): void {
  for (let row = first; row < last; row++, output += 3 * net.width) {
    if (net.step == 1) drawNodes(net, row, output);
    else drawMeshes(net, row, output);
  }
}

/** A row of a view with a node at each pixel. */
function drawNodes(net: NetPicture, row: i32, output: usize): void {
  const stride: usize = <usize>net.columns << 4;
  const lastColumn = net.width - 1;
  const here = net.places + stride * row;
  // The last row and the last column look back instead of ahead.
  const below = row < net.height - 1 ? stride : 0 - stride;
  let column = 0;
  do {
    const node = here + 16 * column;
    const place = v128.load(node);
    const right = f64x2.sub(v128.load(column < lastColumn ? node + 16 : node - 16), place);
    const down = f64x2.sub(v128.load(node + below), place);
    const level = levelFor(net, Math.max(squared(right), squared(down)));
    drawPixel(level, inLevel(level, place), output);
    output += 3;
    column++;
  } while (column <= lastColumn);
}

/** A row of pixels of a view whose nodes are further apart. */
function drawMeshes(net: NetPicture, row: i32, output: usize): void {
  const step = net.step;
  const lastColumn = net.columns - 2;
  const stride: usize = <usize>net.columns << 4;
  const mesh = min(net.rows - 2, row / step);
  const down = f64x2.splat(<f64>(row - mesh * step));
  const perRow = f64x2.splat(1 / <f64>max(1, min(step, net.height - 1 - mesh * step)));
  let above = net.places + stride * mesh;
  for (let column = 0; column <= lastColumn; column++, above += 16) {
    const left = column * step;
    const count = (column == lastColumn ? net.width : left + step) - left;
    const perColumn = f64x2.splat(1 / <f64>max(1, min(step, net.width - 1 - left)));
    const a = v128.load(above);
    const c = v128.load(above + stride);
    const upper = f64x2.mul(f64x2.sub(v128.load(above, 16), a), perColumn);
    const lower = f64x2.mul(f64x2.sub(v128.load(above + stride, 16), c), perColumn);
    const along = f64x2.mul(f64x2.sub(c, a), perRow);
    const twist = f64x2.mul(f64x2.sub(lower, upper), perRow);
    const level = levelFor(net, Math.max(squared(upper), squared(along)));
    const start = inLevel(level, f64x2.add(a, f64x2.mul(down, along)));
    const next = f64x2.mul(f64x2.add(upper, f64x2.mul(down, twist)), f64x2.splat(level.scale));
    let i = 0;
    do {
      drawPixel(level, f64x2.add(start, f64x2.mul(f64x2.splat(<f64>i), next)), output);
      output += 3;
      i++;
    } while (i < count);
  }
}

/** A place of the picture as a place of a level. */
// @ts-ignore: decorator
@inline
function inLevel(level: Level, place: v128): v128 {
  const half = f64x2.splat(0.5);
  return f64x2.sub(f64x2.mul(f64x2.add(place, half), f64x2.splat(level.scale)), half);
}

// @ts-ignore: decorator
@inline
function squared(vector: v128): f64 {
  const squares = f64x2.mul(vector, vector);
  return f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
}

/** `reach`: pixels of the picture per pixel of the view, squared. */
// @ts-ignore: decorator
@inline
function levelFor(net: NetPicture, reach: f64): Level {
  let level = 0;
  for (let limit: f64 = 2; reach > limit && level < net.levelCount - 1; limit *= 4) level++;
  return changetype<Level>(net.levels + LEVEL_BYTES * level);
}

// @ts-ignore: decorator
@inline
function drawPixel(level: Level, place: v128, output: usize): void {
  const stride = 3 * level.width;
  const last = f64x2(level.lastX, level.lastY);
  const isInside = v128.and(f64x2.ge(place, f64x2.splat(0)), f64x2.le(place, last));
  let inside = place;
  if (i64x2.bitmask(isInside) != 3) inside = mirrored(place, last);
  const corner = f64x2.floor(inside);
  const above = level.pixels + offsetOf(corner, f64x2(3, <f64>stride));
  const upper = v128.load64_zero(above);
  const lower = v128.load64_zero(above + stride);
  const shares = f32x4.demote_f64x2_zero(f64x2.sub(inside, corner));
  const across = v128.shuffle<f32>(shares, shares, 0, 0, 0, 0);
  const down = v128.shuffle<f32>(shares, shares, 1, 1, 1, 1);
  const first = blendPair(upper, across);
  storePixel(output, f32x4.add(first, f32x4.mul(down, f32x4.sub(blendPair(lower, across), first))));
}

/**
 * The place of the picture that a place of its endless mirror images shows. A mirror stands half a pixel beyond the last one, where the edge
 * pixel fades into itself.
 */
// @ts-ignore: decorator
@inline
function mirrored(place: v128, last: v128): v128 {
  const half = f64x2.splat(0.5);
  const period = f64x2.mul(f64x2.splat(2), f64x2.add(last, f64x2.splat(1)));
  const way = f64x2.add(place, half);
  const phase = f64x2.sub(way, f64x2.mul(period, f64x2.floor(f64x2.div(way, period))));
  const folded = f64x2.sub(f64x2.pmin(phase, f64x2.sub(period, phase)), half);
  return f64x2.pmin(last, f64x2.pmax(f64x2.splat(0), folded));
}

/** From six bytes, two pixels, to floats. */
// @ts-ignore: decorator
@inline
function blendPair(pair: v128, across: v128): v128 {
  const left = i8x16.swizzle(pair, i8x16(0, -1, -1, -1, 1, -1, -1, -1, 2, -1, -1, -1, -1, -1, -1, -1));
  const right = i8x16.swizzle(pair, i8x16(3, -1, -1, -1, 4, -1, -1, -1, 5, -1, -1, -1, -1, -1, -1, -1));
  const from = f32x4.convert_i32x4_s(left);
  return f32x4.add(from, f32x4.mul(across, f32x4.sub(f32x4.convert_i32x4_s(right), from)));
}

/** Adding it to a float of 0–255 leaves the nearest whole number in its low byte. */
const WHOLE: f32 = 8388608;

/** Three floats, 0–255, as bytes; the byte after them is overwritten. */
// @ts-ignore: decorator
@inline
function storePixel(place: usize, levels: v128): void {
  const whole = f32x4.add(levels, f32x4.splat(WHOLE));
  const bytes = i8x16.swizzle(whole, i8x16(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
  store<u32>(place, i32x4.extract_lane(bytes, 0));
}
