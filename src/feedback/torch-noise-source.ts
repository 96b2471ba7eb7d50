/** The random numbers of torch's CPU generator, so that a Deforum seed gives Deforum's noise. */

import type { NoiseSource } from "./noise-source.ts";

/**
 * Mersenne Twister MT19937 (Matsumoto, Nishimura, 1998) with torch's way to make floats of it: 24 bits per uniform number, normal
 * numbers by Box–Muller over blocks of 16.
 *
 * @param seed whole number; its low 32 bits count, so −1 is 4294967295
 */
export function torchNoiseSource(seed: number): NoiseSource {
  const word = mersenneTwister(seed);
  const uniform = (): number => (word() & 0xff_ffff) / 0x100_0000;
  return { uniform, normals: (count) => blockNormals(count, uniform) };
}

const BLOCK = 16;

/** @param count at least 16: torch makes fewer in another way, which no picture needs */
function blockNormals(count: number, uniform: () => number): Float32Array {
  if (count < BLOCK) throw new RangeError(`expected at least ${BLOCK} numbers, got ${count}`);
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = uniform();
  for (let i = 0; i + BLOCK <= count; i += BLOCK) transformBlock(numbers, i);
  if (count % BLOCK !== 0) {
    for (let i = count - BLOCK; i < count; i++) numbers[i] = uniform();
    transformBlock(numbers, count - BLOCK);
  }
  return numbers;
}

function transformBlock(numbers: Float32Array, start: number): void {
  for (let i = start; i < start + BLOCK / 2; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - numbers[i]!));
    const angle = 2 * Math.PI * numbers[i + BLOCK / 2]!;
    numbers[i] = radius * Math.cos(angle);
    numbers[i + BLOCK / 2] = radius * Math.sin(angle);
  }
}

const STATE_SIZE = 624;
const MIDDLE = 397;

/** 32-bit words. */
function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(STATE_SIZE);
  state[0] = seed >>> 0;
  for (let i = 1; i < STATE_SIZE; i++) {
    const previous = state[i - 1]!;
    state[i] = Math.imul(1_812_433_253, previous ^ (previous >>> 30)) + i;
  }
  let position = STATE_SIZE;

  function twist(): void {
    for (let i = 0; i < STATE_SIZE; i++) {
      const mixed = (state[i]! & 0x8000_0000) | (state[(i + 1) % STATE_SIZE]! & 0x7fff_ffff);
      state[i] = state[(i + MIDDLE) % STATE_SIZE]! ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908_b0df : 0);
    }
    position = 0;
  }

  return () => {
    if (position === STATE_SIZE) twist();
    let word = state[position++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c_5680;
    word ^= (word << 15) & 0xefc6_0000;
    return (word ^ (word >>> 18)) >>> 0;
  };
}
