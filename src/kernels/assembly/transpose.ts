/** Four vectors of four numbers as rows and columns. */

/** Stores the first numbers of a, b, c and d, then their second ones, and so on: 64 bytes. */
// @ts-ignore: decorator
@inline
export function storeTransposed(output: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(output, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(output, v128.shuffle<i64>(ab, cd, 1, 3), 16);
  v128.store(output, v128.shuffle<i64>(ab2, cd2, 0, 2), 32);
  v128.store(output, v128.shuffle<i64>(ab2, cd2, 1, 3), 48);
}
