/** Rows of floats: their weighted sum, of which blurs, reductions and noise fields are made, and the unsharp mask. */

/** Rows are worked on in steps of 16 floats; up to 15 floats after their end are read and overwritten. */
const STEP: usize = 64;

/**
 * output[i] = Σ weights[k] · rows[k][i], added in the order of k.
 *
 * @param rows places of `terms` rows; they may overlap
 * @param weights `terms` floats
 * @param output `count` floats, outside of the rows
 */
export function weighRows(rows: usize, weights: usize, terms: i32, output: usize, count: i32): void {
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += STEP) {
    const first = <usize>load<u32>(rows) + i;
    const weight = v128.load32_splat(weights);
    let a = f32x4.mul(weight, v128.load(first));
    let b = f32x4.mul(weight, v128.load(first, 16));
    let c = f32x4.mul(weight, v128.load(first, 32));
    let d = f32x4.mul(weight, v128.load(first, 48));
    for (let k: usize = 1; k < <usize>terms; k++) {
      const row = <usize>load<u32>(rows + (k << 2)) + i;
      const share = v128.load32_splat(weights + (k << 2));
      a = f32x4.add(a, f32x4.mul(share, v128.load(row)));
      b = f32x4.add(b, f32x4.mul(share, v128.load(row, 16)));
      c = f32x4.add(c, f32x4.mul(share, v128.load(row, 32)));
      d = f32x4.add(d, f32x4.mul(share, v128.load(row, 48)));
    }
    v128.store(output + i, a);
    v128.store(output + i, b, 16);
    v128.store(output + i, c, 32);
    v128.store(output + i, d, 48);
  }
}

/**
 * source + amount · (source − blurred), clamped to 0–1; the source where the difference is below `threshold`.
 *
 * @param output `count` floats
 */
export function unsharpRow(
  source: usize,
  blurred: usize,
  amount: f32,
  threshold: f32,
  output: usize,
  count: i32,
): void {
  const end = (<usize>count) << 2;
  const share = f32x4.splat(amount);
  const least = f32x4.splat(threshold);
  for (let i: usize = 0; i < end; i += 16) {
    const value = v128.load(source + i);
    const difference = f32x4.sub(value, v128.load(blurred + i));
    const sharp = f32x4.add(value, f32x4.mul(share, difference));
    const clamped = f32x4.pmin(f32x4.splat(1), f32x4.pmax(f32x4.splat(0), sharp));
    v128.store(output + i, v128.bitselect(value, clamped, f32x4.lt(f32x4.abs(difference), least)));
  }
}
