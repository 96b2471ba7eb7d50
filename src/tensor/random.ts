/**
 * Reproducible random numbers without a state to save: every stream is a pure function of (seed, purpose), where the seed of a frame
 * comes from its plan. Resuming a run, or rendering one frame alone, draws the same numbers.
 *
 * Generator: Philox 4×32-10 (Salmon, Moraes, Dror, Shaw: "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011).
 */

import { kernels, lendMemory, wordsAt } from "../kernels/kernels.ts";

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/**
 * One block: 4 random words for the counter (c0, c1, c2, c3) under the key (k0, k1), all unsigned words. Writes them into `output`.
 * Plain numbers instead of arrays, because millions of blocks are drawn per picture.
 */
export function philoxBlock(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  output: Uint32Array,
): void {
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  output[0] = c0;
  output[1] = c1;
  output[2] = c2;
  output[3] = c3;
}

/** Upper 32 bits of the 64-bit product of two unsigned words. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** A sequence of random numbers. */
export interface RandomStream {
  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** The next `count` words of 32 bits; {@link uniform} draws one word each. */
  words(count: number): Uint32Array;
}

/**
 * The stream of a seed and a purpose.
 *
 * @param seed whole number, 0 … 2^53−1 (a frame's seed, or the run's)
 * @param purpose what the numbers are for, such as `latent` or `pixel noise`; other purposes give independent streams
 */
export function randomStream(seed: number, purpose: string): RandomStream {
  const keyLow = seed >>> 0;
  const keyHigh = Math.floor(seed / 0x1_0000_0000) >>> 0;
  const purposeHash = fnv1a(purpose);
  const block = new Uint32Array(4);
  let blockIndex = 0;
  let position = 4;
  let spareNormal: number | undefined;

  function word(): number {
    if (position === 4) {
      philoxBlock(blockIndex, 0, purposeHash, 0, keyLow, keyHigh, block);
      blockIndex = (blockIndex + 1) >>> 0;
      position = 0;
    }
    return block[position++]!;
  }

  function uniform(): number {
    return word() / 0x1_0000_0000;
  }

  function words(count: number): Uint32Array {
    const drawn = new Uint32Array(count);
    let filled = 0;
    while (position < 4 && filled < count) drawn[filled++] = word();
    const blocks = Math.floor((count - filled) / 4);
    writeBlocks(blockIndex, purposeHash, keyLow, keyHigh, drawn.subarray(filled, filled + 4 * blocks));
    blockIndex = (blockIndex + blocks) >>> 0;
    for (filled += 4 * blocks; filled < count; filled++) drawn[filled] = word();
    return drawn;
  }

  function normal(): number {
    if (spareNormal !== undefined) {
      const value = spareNormal;
      spareNormal = undefined;
      return value;
    }
    // 1 − u is in (0, 1], so the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  return { uniform, normal, words };
}

/** Blocks drawn at a time: as many as stay in the processor's first cache. */
const BATCH = 1024;

/** The blocks of consecutive counters, as {@link philoxBlock}; `output` is a whole number of blocks long. */
function writeBlocks(
  counter: number,
  purposeHash: number,
  keyLow: number,
  keyHigh: number,
  output: Uint32Array,
): void {
  const blocks = output.length / 4;
  lendMemory([16 * BATCH], (place) => {
    for (let done = 0; done < blocks; done += BATCH) {
      const count = Math.min(BATCH, blocks - done);
      kernels.philoxBlocks(counter + done, purposeHash, keyLow, keyHigh, count, place);
      output.set(wordsAt(place, 4 * count), 4 * done);
    }
  });
}

/** `count` standard normal numbers of the stream (seed, purpose). */
export function normalNoise(seed: number, purpose: string, count: number): Float32Array {
  const stream = randomStream(seed, purpose);
  const noise = new Float32Array(count);
  for (let i = 0; i < count; i++) noise[i] = stream.normal();
  return noise;
}

/** FNV-1a, 32 bits: a short text to a word. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
