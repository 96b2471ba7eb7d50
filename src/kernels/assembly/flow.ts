/** Farnebäck's flow: the equations of a row of pixels, and their solution over windows. Layouts and sources: ../../flow/farneback.ts. */

import { storeTransposed } from "./transpose";

/** Four rows of numbers to one row of groups of four: `[count, 4]`, and up to three groups after it are overwritten. */
export function interleave(a: usize, b: usize, c: usize, d: usize, output: usize, count: i32): void {
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 16, output += 64) {
    storeTransposed(output, v128.load(a + i), v128.load(b + i), v128.load(c + i), v128.load(d + i));
  }
}

/**
 * The normal equations of each pixel of row `y` around its present flow.
 *
 * @param before `[height, width, 4]`: b₁, b₂, a₁, a₂ of the first picture
 * @param beforeMixed `[height, width]`: a₃
 * @param after as `before`, of the second picture
 * @param flow `[height, width, 2]`
 * @param trusts `[width]` floats
 * @param equations output, `[width, 6]` floats: the matrix (11, 12, 22), the right side, 0; two floats after it are overwritten
 */
export function equationsRow(
  before: usize,
  beforeMixed: usize,
  after: usize,
  afterMixed: usize,
  flow: usize,
  width: i32,
  height: i32,
  y: i32,
  trusts: usize,
  trustY: f32,
  equations: usize,
): void {
  const here = y * width;
  before += (<usize>here) << 4;
  beforeMixed += (<usize>here) << 2;
  flow += (<usize>here) << 3;
  const stride = width << 4;
  const mixedStride = width << 2;
  const half = f32x4.splat(0.5);
  const farX = <f32>(width - 1);
  const farY = <f32>(height - 1);
  for (let x = 0; x < width; x++) {
    const dx = load<f32>(flow);
    const dy = load<f32>(flow + 4);
    const toX = <f32>x + dx;
    const toY = <f32>y + dy;
    // b₁, b₂, a₁, a₂ of the first picture; then half the difference of the b and the mean of the a of both.
    let fit = v128.load(before);
    let a3 = load<f32>(beforeMixed) * <f32>0.5;
    if (toX >= 0 && toY >= 0 && toX < farX && toY < farY) {
      const column = <i32>toX;
      const row = <i32>toY;
      const tx = toX - <f32>column;
      const ty = toY - <f32>row;
      const w11 = tx * ty;
      const w01 = tx - w11;
      const w10 = ty - w11;
      const w00 = <f32>1 - tx - w10;
      const at = row * width + column;
      const p = after + ((<usize>at) << 4);
      const q = p + stride;
      const upper = f32x4.add(
        f32x4.mul(f32x4.splat(w00), v128.load(p)),
        f32x4.mul(f32x4.splat(w01), v128.load(p, 16)),
      );
      const lower = f32x4.add(
        f32x4.mul(f32x4.splat(w10), v128.load(q)),
        f32x4.mul(f32x4.splat(w11), v128.load(q, 16)),
      );
      const found = f32x4.add(upper, lower);
      const m = afterMixed + ((<usize>at) << 2);
      const n = m + mixedStride;
      const mixed =
        w00 * load<f32>(m) + w01 * load<f32>(m + 4) + (w10 * load<f32>(n) + w11 * load<f32>(n + 4));
      fit = f32x4.mul(half, f32x4.add(fit, f32x4.mul(found, f32x4(-1, -1, 1, 1))));
      a3 = (a3 + mixed * <f32>0.5) * <f32>0.5;
    } else {
      fit = f32x4.mul(fit, f32x4(0.5, 0.5, 1, 1));
    }
    const a1 = f32x4.extract_lane(fit, 2);
    const a2 = f32x4.extract_lane(fit, 3);
    const right = f32x4.extract_lane(fit, 0) + a1 * dx + a3 * dy;
    const down = f32x4.extract_lane(fit, 1) + a3 * dx + a2 * dy;
    const trust = load<f32>(trusts) * trustY;
    const squared = trust * trust;
    const s = a3 * squared;
    store<f32>(equations, (a1 * a1 + a3 * a3) * squared);
    store<f32>(equations, (a1 + a2) * s, 4);
    store<f32>(equations, (a2 * a2 + a3 * a3) * squared, 8);
    store<f32>(equations, (a1 * right + a3 * down) * squared, 12);
    store<f32>(equations, (a3 * right + a2 * down) * squared, 16);
    store<f32>(equations, 0, 20);
    before += 16;
    beforeMixed += 4;
    flow += 8;
    trusts += 4;
    equations += 24;
  }
}

/** sums += entering − leaving: doubles and floats. */
export function slideSums(sums: usize, entering: usize, leaving: usize, count: i32): void {
  for (let i = 0; i < count; i += 2, sums += 16, entering += 8, leaving += 8) {
    const enter = f64x2.promote_low_f32x4(v128.load64_zero(entering));
    const leave = f64x2.promote_low_f32x4(v128.load64_zero(leaving));
    v128.store(sums, f64x2.add(v128.load(sums), f64x2.sub(enter, leave)));
  }
}

/**
 * Solves the equations of a row, summed over windows of 2 · radius + 1 pixels.
 *
 * @param sums `[width + 2 · radius, 6]` doubles
 * @param regularization added to the determinant
 * @param flow `[width, 2]` floats, replaced
 * @returns the sum of the absolute changes
 */
export function solveRow(sums: usize, width: i32, radius: i32, regularization: f64, flow: usize): f64 {
  let m = f64x2.splat(0);
  let n = f64x2.splat(0);
  let r = f64x2.splat(0);
  let enter = sums;
  for (let i = 0; i < 2 * radius; i++, enter += 48) {
    m = f64x2.add(m, v128.load(enter));
    n = f64x2.add(n, v128.load(enter, 16));
    r = f64x2.add(r, v128.load(enter, 32));
  }
  let moved: f64 = 0;
  for (let x = 0; x < width; x++, enter += 48, sums += 48, flow += 8) {
    m = f64x2.add(m, v128.load(enter));
    n = f64x2.add(n, v128.load(enter, 16));
    r = f64x2.add(r, v128.load(enter, 32));
    const g11 = f64x2.extract_lane(m, 0);
    const g12 = f64x2.extract_lane(m, 1);
    const g22 = f64x2.extract_lane(n, 0);
    const h1 = f64x2.extract_lane(n, 1);
    const h2 = f64x2.extract_lane(r, 0);
    const scale = 1 / (g11 * g22 - g12 * g12 + regularization);
    const right = <f32>((g22 * h1 - g12 * h2) * scale);
    const down = <f32>((g11 * h2 - g12 * h1) * scale);
    moved += Math.abs(<f64>(right - load<f32>(flow))) + Math.abs(<f64>(down - load<f32>(flow + 4)));
    store<f32>(flow, right);
    store<f32>(flow, down, 4);
    m = f64x2.sub(m, v128.load(sums));
    n = f64x2.sub(n, v128.load(sums, 16));
    r = f64x2.sub(r, v128.load(sums, 32));
  }
  return moved;
}
