/** Where the pixels of a row of a moved picture come from: `[count, 2]` doubles, column and row. Formulas: ../../motion/camera-view.ts. */

/** On a horizon itself a position is infinite; just before it, it is only far. */
// @ts-ignore: decorator
@inline
function orTiny(divisor: f64): f64 {
  return divisor == 0 || isNaN(divisor) ? f64.EPSILON : divisor;
}

/** From a pixel of the moved picture to where it comes from: a 3×3 matrix, row by row. */
@unmanaged
export class Matrix {
  a: f64;
  b: f64;
  c: f64;
  d: f64;
  e: f64;
  f: f64;
  g: f64;
  h: f64;
  i: f64;
}

/** @param numbers the nine doubles of a matrix */
export function locateByMatrix(numbers: usize, row: i32, positions: usize, count: i32): void {
  const m = changetype<Matrix>(numbers);
  const y = <f64>row;
  const right = f64x2(m.a, m.d);
  const start = f64x2(m.b * y + m.c, m.e * y + m.f);
  const g = m.g;
  const w = m.h * y + m.i;
  if (g == 0 && m.h == 0) {
    const scale = f64x2.splat(1 / m.i);
    for (let column = 0; column < count; column++, positions += 16) {
      const place = f64x2.add(f64x2.mul(right, f64x2.splat(<f64>column)), start);
      v128.store(positions, f64x2.mul(place, scale));
    }
    return;
  }
  for (let column = 0; column < count; column++, positions += 16) {
    const place = f64x2.add(f64x2.mul(right, f64x2.splat(<f64>column)), start);
    const scale = 1 / orTiny(g * <f64>column + w);
    v128.store(positions, f64x2.mul(place, f64x2.splat(scale)));
  }
}

/** A camera in a world that the picture spans from −1 to 1. */
@unmanaged
class Camera {
  /** Rotation, row by row. */
  r0: f64;
  r1: f64;
  r2: f64;
  r3: f64;
  r4: f64;
  r5: f64;
  r6: f64;
  r7: f64;
  r8: f64;
  /** Translation. */
  tx: f64;
  ty: f64;
  tz: f64;
  /** Pixels per unit of offset. */
  reachX: f64;
  reachY: f64;
  /** From a pixel to the next. */
  stepX: f64;
  stepY: f64;
  /** What a lens that zooms leaves of the view, and where its first pixel lies. */
  shrink: f64;
  homeX: f64;
  homeY: f64;
}

/**
 * @param numbers the nineteen doubles of a camera
 * @param depths of the row's pixels, `count` floats; 0 = all at depth 1
 */
export function locateInDepth(
  numbers: usize,
  depths: usize,
  row: i32,
  positions: usize,
  count: i32,
): void {
  const c = changetype<Camera>(numbers);
  const shrink = c.shrink;
  const y = (<f64>row * c.stepY - 1) * shrink;
  const right = f64x2(c.r0, c.r1);
  const rightAhead = c.r2;
  const down = f64x2(y * c.r3, y * c.r4);
  const downAhead = y * c.r5;
  const ahead = f64x2(c.r6, c.r7);
  const aheadAhead = c.r8;
  const shift = f64x2(c.tx, c.ty);
  const tz = c.tz;
  const reach = f64x2(c.reachX, c.reachY);
  const stepX = c.stepX;
  const home = f64x2(c.homeX, c.homeY);
  for (let column = 0; column < count; column++, positions += 16) {
    const x = (<f64>column * stepX - 1) * shrink;
    const z = depths == 0 ? 1 : <f64>load<f32>(depths + 4 * column);
    const nearness = f64x2.splat(1 / orTiny(x * rightAhead + downAhead + z * aheadAhead + tz));
    const turned = f64x2.add(f64x2.mul(f64x2.splat(x), right), down);
    const moved = f64x2.add(f64x2.add(turned, f64x2.mul(f64x2.splat(z), ahead)), shift);
    const before = f64x2.div(f64x2(x, y), f64x2.splat(z));
    const offset = f64x2.sub(f64x2.mul(moved, nearness), before);
    const here = f64x2.add(f64x2.mul(f64x2(<f64>column, <f64>row), f64x2.splat(shrink)), home);
    v128.store(positions, f64x2.sub(here, f64x2.mul(offset, reach)));
  }
}

/**
 * A row of a whole picture, by a matrix or by a camera in depth.
 *
 * @param depth of all rows of `count` pixels; 0 = all at depth 1
 */
export function locateRow(
  isMatrix: bool,
  numbers: usize,
  depth: usize,
  row: i32,
  positions: usize,
  count: i32,
): void {
  if (isMatrix) locateByMatrix(numbers, row, positions, count);
  else locateInDepth(numbers, depth == 0 ? 0 : depth + 4 * count * row, row, positions, count);
}
