/** A net of positions over a view: moved by a camera, and a picture seen through it. What they are for: ../../preview/trace.ts. */

import { locateByMatrix, locateInDepth } from "./locate";
import { offsetOf } from "./places";
import { REFLECTION, tapOf } from "./taps";

/** Written by ../../preview/trace.ts. */
@unmanaged
export class Net {
  width: i32;
  height: i32;
  /** Pixels between two nodes. */
  step: i32;
  columns: i32;
  rows: i32;
  /** `[rows, columns, 2]` doubles. */
  places: usize;
}

/** Written by ../../preview/trace.ts. */
@unmanaged
export class NetMove extends Net {
  /** Numbers of a camera or a matrix, see ./locate.ts. */
  camera: usize;
  /** `[height, width]` floats; 0 = a plane at depth 1. */
  depth: usize;
  /** Whether the camera is a matrix. */
  isMatrix: i32;
}

/** Farther than this outside the view nothing can be told apart; keeps positions finite on the horizon of a tilted plane. */
const FAR: f64 = 1e5;

/**
 * Rows of nodes after a move.
 *
 * @param output `[last − first, columns, 2]` doubles
 * @param scratch 16 · width bytes
 */
export function moveNet(net: NetMove, first: i32, last: i32, output: usize, scratch: usize): void {
  const width = net.width;
  const farthest = net.height - 1;
  for (let node = first; node < last; node++) {
    const row = min(node * net.step, farthest);
    if (net.isMatrix != 0) {
      locateByMatrix(net.camera, row, scratch, width);
    } else {
      const depths: usize = net.depth == 0 ? 0 : net.depth + 4 * width * row;
      locateInDepth(net.camera, depths, row, scratch, width);
    }
    for (let column = 0; column < net.columns; column++, output += 16) {
      const position = v128.load(scratch + 16 * min(column * net.step, width - 1));
      v128.store(output, placeAt(net, position));
    }
  }
}

/** What the net has at a position of the view; outside of it the world goes on from the nearest mesh. */
// @ts-ignore: decorator
@inline
function placeAt(net: Net, position: v128): v128 {
  const isNumber = f64x2.eq(position, position);
  const finite = f64x2.pmin(
    f64x2.splat(FAR),
    f64x2.pmax(f64x2.splat(-FAR), v128.and(position, isNumber)),
  );
  const last = f64x2(<f64>(net.width - 1), <f64>(net.height - 1));
  const inside = f64x2.pmin(last, f64x2.pmax(f64x2.splat(0), finite));
  const step = f64x2.splat(<f64>net.step);
  const lastMesh = f64x2(<f64>(net.columns - 2), <f64>(net.rows - 2));
  const mesh = f64x2.pmin(lastMesh, f64x2.floor(f64x2.div(inside, step)));
  const corner = f64x2.mul(mesh, step);
  // The last mesh may be narrower; a view of one pixel has one of no width.
  const size = f64x2.pmax(f64x2.splat(1), f64x2.pmin(step, f64x2.sub(last, corner)));
  const share = f64x2.div(f64x2.sub(inside, corner), size);
  const stride: usize = <usize>net.columns << 4;
  const above = net.places + offsetOf(mesh, f64x2(16, <f64>stride));
  const a = v128.load(above);
  const right = f64x2.sub(v128.load(above, 16), a);
  const c = v128.load(above + stride);
  const below = f64x2.sub(v128.load(above + stride, 16), c);
  const down = f64x2.sub(c, a);
  const across = v128.shuffle<f64>(share, share, 0, 0);
  const along = v128.shuffle<f64>(share, share, 1, 1);
  const twist = f64x2.mul(along, f64x2.sub(below, right));
  const place = f64x2.add(
    f64x2.add(a, f64x2.mul(along, down)),
    f64x2.mul(across, f64x2.add(right, twist)),
  );
  if (!v128.any_true(f64x2.ne(finite, inside))) return place;
  return goOn(place, f64x2.sub(finite, inside), f64x2.div(right, first(size)), f64x2.div(down, second(size)));
}

/** A place `beyond` the edge: the world at its natural size, turned as the mesh is. */
function goOn(place: v128, beyond: v128, right: v128, down: v128): v128 {
  // The turn nearest to what the edge does: the rotation in its matrix [right | down], by diagonal and skew.
  const diagonal = f64x2.extract_lane(right, 0) + f64x2.extract_lane(down, 1);
  const skew = f64x2.extract_lane(right, 1) - f64x2.extract_lane(down, 0);
  const length = Math.sqrt(diagonal * diagonal + skew * skew);
  const cos = length > 0 ? diagonal / length : 1;
  const sin = length > 0 ? skew / length : 0;
  const x = f64x2.mul(f64x2(cos, sin), first(beyond));
  const y = f64x2.mul(f64x2(-sin, cos), second(beyond));
  return f64x2.add(place, f64x2.add(x, y));
}

// @ts-ignore: decorator
@inline
function first(pair: v128): v128 {
  return v128.shuffle<f64>(pair, pair, 0, 0);
}

// @ts-ignore: decorator
@inline
function second(pair: v128): v128 {
  return v128.shuffle<f64>(pair, pair, 1, 1);
}

/** Written by ../../preview/draw-trace.ts. */
@unmanaged
export class NetPicture extends Net {
  /** {@link Level}s: the picture at 1, 1/2, 1/4 … of its size. */
  levels: usize;
  levelCount: i32;
}

@unmanaged
class Level {
  /** `[height, width, 3]` bytes, with at least 8 after them. */
  pixels: usize;
  width: i32;
  height: i32;
  unused: i32;
}

/**
 * Rows of pixels of the picture that the net shows, bilinear, in the level whose pixels are nearest to those of the view in size. Beyond its
 * edges the picture goes on as its own mirror image.
 *
 * @param output `[last − first, width, 3]` bytes, and one more that is overwritten
 */
export function drawNet(net: NetPicture, first: i32, last: i32, output: usize): void {
  const step = net.step;
  const lastColumn = net.columns - 2;
  const stride: usize = <usize>net.columns << 4;
  for (let row = first; row < last; row++) {
    const mesh = min(net.rows - 2, row / step);
    const down = row - mesh * step;
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
      const level = levelFor(net, Math.max(squared(upper), squared(along)));
      const scale = f64x2.splat(1 / <f64>(1 << level));
      const half = f64x2.splat(0.5);
      const twist = f64x2.mul(f64x2.sub(lower, upper), perRow);
      const start = f64x2.add(a, f64x2.mul(f64x2.splat(<f64>down), along));
      const next = f64x2.mul(f64x2.add(upper, f64x2.mul(f64x2.splat(<f64>down), twist)), scale);
      const begin = f64x2.sub(f64x2.mul(f64x2.add(start, half), scale), half);
      drawPixels(changetype<Level>(net.levels + 16 * level), begin, next, count, output);
      output += 3 * count;
    }
  }
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
function levelFor(net: NetPicture, reach: f64): i32 {
  let level = 0;
  for (let limit: f64 = 2; reach > limit && level < net.levelCount - 1; limit *= 4) level++;
  return level;
}

function drawPixels(level: Level, begin: v128, next: v128, count: i32, output: usize): void {
  const last = f64x2(<f64>(level.width - 1), <f64>(level.height - 1));
  const nothing = f64x2.splat(0);
  const stride = 3 * level.width;
  const steps = f64x2(3, <f64>stride);
  for (let i = 0; i < count; i++, output += 3) {
    const place = f64x2.add(begin, f64x2.mul(f64x2.splat(<f64>i), next));
    const corner = f64x2.floor(place);
    let aboveLeft: v128;
    let aboveRight: v128;
    let belowLeft: v128;
    let belowRight: v128;
    if (i64x2.bitmask(v128.and(f64x2.ge(place, nothing), f64x2.lt(place, last))) == 3) {
      const above = level.pixels + offsetOf(corner, steps);
      aboveLeft = pixelAt(above);
      aboveRight = pixelAt(above + 3);
      belowLeft = pixelAt(above + stride);
      belowRight = pixelAt(above + stride + 3);
    } else {
      const column = <i32>f64x2.extract_lane(corner, 0);
      const row = <i32>f64x2.extract_lane(corner, 1);
      const left = 3 * tapOf(REFLECTION, column, level.width);
      const right = 3 * tapOf(REFLECTION, column + 1, level.width);
      const above = level.pixels + stride * tapOf(REFLECTION, row, level.height);
      const below = level.pixels + stride * tapOf(REFLECTION, row + 1, level.height);
      aboveLeft = pixelAt(above + left);
      aboveRight = pixelAt(above + right);
      belowLeft = pixelAt(below + left);
      belowRight = pixelAt(below + right);
    }
    const shares = f32x4.demote_f64x2_zero(f64x2.sub(place, corner));
    const across = v128.shuffle<f32>(shares, shares, 0, 0, 0, 0);
    const down = v128.shuffle<f32>(shares, shares, 1, 1, 1, 1);
    const upper = f32x4.add(aboveLeft, f32x4.mul(across, f32x4.sub(aboveRight, aboveLeft)));
    const lower = f32x4.add(belowLeft, f32x4.mul(across, f32x4.sub(belowRight, belowLeft)));
    const value = f32x4.add(upper, f32x4.mul(down, f32x4.sub(lower, upper)));
    storePixel(output, i32x4.trunc_sat_f32x4_s(f32x4.add(value, f32x4.splat(0.5))));
  }
}

/** The three bytes of a pixel, and the one after them, as floats. */
// @ts-ignore: decorator
@inline
function pixelAt(place: usize): v128 {
  const words = i16x8.extend_low_i8x16_u(v128.load32_zero(place));
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(words));
}

/** Three levels, 0–255, as bytes; the one after them is overwritten. */
// @ts-ignore: decorator
@inline
function storePixel(place: usize, levels: v128): void {
  const words = i16x8.narrow_i32x4_s(levels, levels);
  store<u32>(place, i32x4.extract_lane(i8x16.narrow_i16x8_u(words, words), 0));
}
