/** Random words, and noise blended into a row of a picture. */

import { storeTransposed } from "./transpose";

const MULTIPLIER_0: u32 = 0xd2511f53;
const MULTIPLIER_1: u32 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;
const ROUNDS = 10;

/**
 * Philox 4×32-10, four blocks at a time: the blocks of the counters (counter + i, 0, purpose, 0), see tensor/random.ts.
 *
 * @param output `[blocks, 4]` words; up to three blocks after them are overwritten
 */
export function philoxBlocks(
  counter: u32,
  purpose: u32,
  key0: u32,
  key1: u32,
  blocks: i32,
  output: usize,
): void {
  const multiplier0 = i32x4.splat(MULTIPLIER_0);
  const multiplier1 = i32x4.splat(MULTIPLIER_1);
  let counters = i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3));
  for (let block = 0; block < blocks; block += 4, output += 64) {
    let c0 = counters;
    let c1 = i32x4.splat(0);
    let c2 = i32x4.splat(purpose);
    let c3 = i32x4.splat(0);
    let k0 = key0;
    let k1 = key1;
    for (let round = 0; round < ROUNDS; round++) {
      const left0 = i64x2.extmul_low_i32x4_u(multiplier0, c0);
      const right0 = i64x2.extmul_high_i32x4_u(multiplier0, c0);
      const left1 = i64x2.extmul_low_i32x4_u(multiplier1, c2);
      const right1 = i64x2.extmul_high_i32x4_u(multiplier1, c2);
      const high0 = v128.shuffle<i32>(left0, right0, 1, 3, 5, 7);
      const high1 = v128.shuffle<i32>(left1, right1, 1, 3, 5, 7);
      c0 = v128.xor(v128.xor(high1, c1), i32x4.splat(k0));
      c1 = v128.shuffle<i32>(left1, right1, 0, 2, 4, 6);
      c2 = v128.xor(v128.xor(high0, c3), i32x4.splat(k1));
      c3 = v128.shuffle<i32>(left0, right0, 0, 2, 4, 6);
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    storeTransposed(output, c0, c1, c2, c3);
    counters = i32x4.add(counters, i32x4.splat(4));
  }
}

/**
 * picture + share · (noise − picture), clamped to 0–1, where noise is 0.5 + normal · strength, clamped.
 *
 * @param picture `[count, 3]` floats, replaced
 * @param normals `[count, 3]` floats
 * @param strengths `[count]` floats
 * @param shares `[count]` floats
 */
export function mixRow(picture: usize, normals: usize, strengths: usize, shares: usize, count: i32): void {
  for (let pixel = 0; pixel < count; pixel += 4) {
    const strength = v128.load(strengths);
    const share = v128.load(shares);
    mix(picture, normals, v128.shuffle<f32>(strength, strength, 0, 0, 0, 1), v128.shuffle<f32>(share, share, 0, 0, 0, 1));
    mix(
      picture + 16,
      normals + 16,
      v128.shuffle<f32>(strength, strength, 1, 1, 2, 2),
      v128.shuffle<f32>(share, share, 1, 1, 2, 2),
    );
    mix(
      picture + 32,
      normals + 32,
      v128.shuffle<f32>(strength, strength, 2, 3, 3, 3),
      v128.shuffle<f32>(share, share, 2, 3, 3, 3),
    );
    strengths += 16;
    shares += 16;
    picture += 48;
    normals += 48;
  }
}

// @ts-ignore: decorator
@inline
function mix(picture: usize, normals: usize, strength: v128, share: v128): void {
  const half = f32x4.splat(0.5);
  const value = v128.load(picture);
  const swing = f32x4.mul(v128.load(normals), strength);
  const noise = f32x4.add(half, f32x4.pmin(half, f32x4.pmax(f32x4.splat(-0.5), swing)));
  const mixed = f32x4.add(value, f32x4.mul(share, f32x4.sub(noise, value)));
  v128.store(picture, f32x4.pmin(f32x4.splat(1), f32x4.pmax(f32x4.splat(0), mixed)));
}
