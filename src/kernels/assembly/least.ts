/** The smallest and the largest of floats. */

/**
 * The smaller one of two rows, number by number.
 *
 * @param output `count` floats, and up to three more that are overwritten; may be `a`
 */
export function leastRow(a: usize, b: usize, output: usize, count: i32): void {
  const end = <usize>count << 2;
  for (let i: usize = 0; i < end; i += 16) {
    v128.store(output + i, f32x4.pmin(v128.load(a + i), v128.load(b + i)));
  }
}

/** The smallest of `count` floats and `least`. */
export function leastOf(values: usize, count: i32, least: f32): f32 {
  let found = f32x4.splat(least);
  const end = values + (<usize>(count & ~3) << 2);
  for (; values < end; values += 16) found = f32x4.pmin(found, v128.load(values));
  for (let i = 0; i < (count & 3); i++) found = f32x4.pmin(found, v128.load32_splat(values + 4 * i));
  const pairs = f32x4.pmin(found, v128.shuffle<f32>(found, found, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmin(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

/** The largest of `count` floats and `most`. */
export function mostOf(values: usize, count: i32, most: f32): f32 {
  let found = f32x4.splat(most);
  const end = values + (<usize>(count & ~3) << 2);
  for (; values < end; values += 16) found = f32x4.pmax(found, v128.load(values));
  for (let i = 0; i < (count & 3); i++) found = f32x4.pmax(found, v128.load32_splat(values + 4 * i));
  const pairs = f32x4.pmax(found, v128.shuffle<f32>(found, found, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}
