/** Bands of rows of a plane at a smaller size. What the weights are: ../../flow/pyramid.ts. */

/** Written by ../../flow/pyramid.ts. An even number of taps per pixel of the smaller plane, in the order in which they are added. */
@unmanaged
export class Shrink {
  /** `[height, width]` floats. */
  plane: usize;
  width: i32;
  toWidth: i32;
  rowTaps: i32;
  /** `[height of the smaller plane, rowTaps]` i32. */
  rowPlaces: usize;
  /** The same, doubles. */
  rowWeights: usize;
  columnTaps: i32;
  columnPlaces: usize;
  columnWeights: usize;
}

/**
 * @param output `[last − first, toWidth]` floats
 * @param scratch 8 · width + 64 bytes
 */
export function shrinkRows(shrink: Shrink, first: i32, last: i32, output: usize, scratch: usize): void {
  for (let row = first; row < last; row++, output += 4 * shrink.toWidth) {
    blendRows(shrink, row, scratch);
    blendAlong(shrink, scratch, output);
  }
}

/** The rows of the plane that make up a row of the smaller one, weighted: `[width]` doubles, and up to one more that is overwritten. */
function blendRows(shrink: Shrink, row: i32, line: usize): void {
  const taps = shrink.rowTaps;
  const places = shrink.rowPlaces + 4 * taps * row;
  const weights = shrink.rowWeights + 8 * taps * row;
  memory.fill(line, 0, 8 * shrink.width);
  // Four at a time: a quarter of the passes over the line.
  let tap = 0;
  for (; tap + 4 <= taps; tap += 4) addFour(shrink, places + 4 * tap, weights + 8 * tap, line);
  if (tap < taps) addTwo(shrink, places + 4 * tap, weights + 8 * tap, line);
}

// @ts-ignore: decorator
@inline
function rowAt(shrink: Shrink, places: usize, index: usize): usize {
  return shrink.plane + 4 * shrink.width * load<i32>(places + 4 * index);
}

// @ts-ignore: decorator
@inline
function pairAt(place: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(place));
}

function addFour(shrink: Shrink, places: usize, weights: usize, line: usize): void {
  let a = rowAt(shrink, places, 0);
  let b = rowAt(shrink, places, 1);
  let c = rowAt(shrink, places, 2);
  let d = rowAt(shrink, places, 3);
  const wa = v128.load64_splat(weights);
  const wb = v128.load64_splat(weights, 8);
  const wc = v128.load64_splat(weights, 16);
  const wd = v128.load64_splat(weights, 24);
  const end = line + 8 * shrink.width;
  do {
    let sum = f64x2.add(f64x2.mul(wa, pairAt(a)), f64x2.mul(wb, pairAt(b)));
    sum = f64x2.add(sum, f64x2.mul(wc, pairAt(c)));
    sum = f64x2.add(sum, f64x2.mul(wd, pairAt(d)));
    v128.store(line, f64x2.add(v128.load(line), sum));
    line += 16;
    a += 8;
    b += 8;
    c += 8;
    d += 8;
  } while (line < end);
}

function addTwo(shrink: Shrink, places: usize, weights: usize, line: usize): void {
  let a = rowAt(shrink, places, 0);
  let b = rowAt(shrink, places, 1);
  const wa = v128.load64_splat(weights);
  const wb = v128.load64_splat(weights, 8);
  const end = line + 8 * shrink.width;
  do {
    const sum = f64x2.add(f64x2.mul(wa, pairAt(a)), f64x2.mul(wb, pairAt(b)));
    v128.store(line, f64x2.add(v128.load(line), sum));
    line += 16;
    a += 8;
    b += 8;
  } while (line < end);
}

function blendAlong(shrink: Shrink, line: usize, output: usize): void {
  const taps = shrink.columnTaps;
  const end = output + 4 * shrink.toWidth;
  let place = shrink.columnPlaces;
  let weight = shrink.columnWeights;
  for (; output < end; output += 4) {
    let sum: f64 = 0;
    const last = place + 4 * taps;
    do {
      sum += load<f64>(weight) * load<f64>(line + 8 * load<i32>(place));
      place += 4;
      weight += 8;
    } while (place < last);
    store<f32>(output, <f32>sum);
  }
}
