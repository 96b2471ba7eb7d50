/** The smaller one of two rows of floats, number by number. */

/** @param output `count` floats, and up to three more that are overwritten; may be `a` */
export function leastRow(a: usize, b: usize, output: usize, count: i32): void {
  const end = <usize>count << 2;
  for (let i: usize = 0; i < end; i += 16) {
    v128.store(output + i, f32x4.pmin(v128.load(a + i), v128.load(b + i)));
  }
}
