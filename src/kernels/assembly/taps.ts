/** Pixels around a place of a picture, some of which may lie outside of it. Rules and their numbers: ../../motion/padding.ts. */

export const BORDER = 0;
export const REFLECTION = 1;
const ZEROS = 2;
const WRAP = 3;
export const MIRROR = 4;

/** A picture of three floats per pixel, with at least 4 bytes after it, and what lies outside of it. */
@unmanaged
export class Source {
  picture: usize;
  width: i32;
  height: i32;
  rule: i32;
}

/** The pixel that stands for pixel `index` of a line of `size`; −1 = black. Most lie in the next picture, where no division is needed. */
export function tapOf(rule: i32, index: i32, size: i32): i32 {
  if (<u32>index < <u32>size) return index;
  if (rule == BORDER) return index < 0 ? 0 : size - 1;
  if (rule == ZEROS) return -1;
  if (rule == WRAP) {
    const next = index < 0 ? index + size : index - size;
    return <u32>next < <u32>size ? next : modulo(index, size);
  }
  if (rule == REFLECTION) {
    const next = index < 0 ? -1 - index : 2 * size - 1 - index;
    if (<u32>next < <u32>size) return next;
    const phase = modulo(index, 2 * size);
    return phase < size ? phase : 2 * size - 1 - phase;
  }
  if (rule == MIRROR) {
    const next = index < 0 ? -index : 2 * (size - 1) - index;
    if (<u32>next < <u32>size) return next;
    const phase = size > 1 ? modulo(index, 2 * (size - 1)) : 0;
    return phase < size ? phase : 2 * (size - 1) - phase;
  }
  const inside = index < 0 ? -index : 2 * (size - 1) - index;
  const isNear = abs(inside - index) <= 2 * (size / 4);
  return isNear && inside >= 0 && inside < size ? inside : -1;
}

// @ts-ignore: decorator
@inline
function modulo(index: i32, size: i32): i32 {
  const rest = index % size;
  return rest < 0 ? rest + size : rest;
}

/** Whether what lies outside stays the same from its first pixel on. */
export function isEndless(rule: i32): bool {
  return rule == BORDER || rule == ZEROS;
}

/** Bytes from row to row of a {@link gather}ed block. */
export const BLOCK_STRIDE: usize = 48;

/**
 * Copies `count` × `count` pixels from (column, row) on.
 *
 * @param count 1–4
 * @param block output, rows of four pixels; 512 bytes, where the functions below have their workspace too
 */
export function gather(source: Source, column: i32, row: i32, count: i32, block: usize): void {
  const columns = block + COLUMNS;
  for (let i = 0; i < count; i++) {
    store<i32>(columns + 4 * i, tapOf(source.rule, column + i, source.width));
  }
  v128.store(block + BLACK, i32x4.splat(0));
  for (let j = 0; j < count; j++) {
    const sourceRow = tapOf(source.rule, row + j, source.height);
    const first = source.picture + 12 * sourceRow * source.width;
    const to = block + BLOCK_STRIDE * j;
    for (let i = 0; i < count; i++) {
      const sourceColumn = load<i32>(columns + 4 * i);
      const from = (sourceRow | sourceColumn) < 0 ? block + BLACK : first + 12 * sourceColumn;
      // The fourth float belongs to the next pixel, which is written next.
      v128.store(to + 12 * i, v128.load(from));
    }
  }
}

const COLUMNS: usize = 208;
const BLACK: usize = 224;

/** Places of the weights of a {@link sumTaps}, doubles, from the beginning of the block. */
export const WEIGHTS_X: usize = 256;
export const WEIGHTS_Y: usize = 288;

const SUMS: usize = 320;

/** Weighted sums of a {@link gather}ed block, in doubles, added row by row; returns the place of the three. */
export function sumTaps(block: usize, count: i32): usize {
  let red: f64 = 0;
  let green: f64 = 0;
  let blue: f64 = 0;
  for (let j = 0; j < count; j++) {
    for (let i = 0; i < count; i++) {
      const weight = load<f64>(block + WEIGHTS_Y + 8 * j) * load<f64>(block + WEIGHTS_X + 8 * i);
      const pixel = block + BLOCK_STRIDE * j + 12 * i;
      red += weight * <f64>load<f32>(pixel);
      green += weight * <f64>load<f32>(pixel, 4);
      blue += weight * <f64>load<f32>(pixel, 8);
    }
  }
  store<f64>(block + SUMS, red);
  store<f64>(block + SUMS, green, 8);
  store<f64>(block + SUMS, blue, 16);
  return block + SUMS;
}
