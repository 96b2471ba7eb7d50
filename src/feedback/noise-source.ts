/** Where the noise picture's random numbers come from. */

import { randomStream } from "../tensor/random.ts";
import { unsetFloats } from "../tensor/unset-floats.ts";

export interface NoiseSource {
  /** Standard normal numbers. */
  readonly normals: (count: number) => Float32Array;
  /** Uniform in [0, 1). */
  readonly uniform: () => number;
}

const QUANTILES = 0x1_0000;

/**
 * The numbers of a frame's seed, from the stream `pixel noise`. Normal numbers have 65,536 different values (up to ±4.3): four times as
 * fine as 8-bit pictures can show, and a table look-up instead of two transcendental functions per pixel.
 *
 * @param seed whole number, 0 … 2^53−1
 */
export function noiseSource(seed: number): NoiseSource {
  const stream = randomStream(seed, "pixel noise");
  return {
    uniform: () => stream.uniform(),
    normals: (count) => drawNormals(count, stream.words(Math.ceil(count / 2))),
  };
}

/** Two numbers from each 32 bits. */
function drawNormals(count: number, words: Uint32Array): Float32Array {
  const numbers = unsetFloats(count);
  for (let i = 0; i < count; i += 2) {
    const word = words[i >> 1]!;
    numbers[i] = normalQuantiles[word & (QUANTILES - 1)]!;
    // Past the end of an odd count, where writing has no effect.
    numbers[i + 1] = normalQuantiles[word >>> 16]!;
  }
  return numbers;
}

/** The standard normal numbers that (i + ½)/65,536 of all lie below. */
const normalQuantiles = tabulateNormal();

function tabulateNormal(): Float32Array {
  const quantiles = new Float32Array(QUANTILES);
  const step = 1 / 8192;
  // Walks the distribution from its tail, where it is known, by the midpoint rule (error below 1e-9).
  let x = -6;
  let share = 9.865_876_450_377e-10;
  for (let i = 0; i < QUANTILES / 2; i++) {
    const target = (i + 0.5) / QUANTILES;
    let rise = density(x + step / 2) * step;
    while (share + rise < target) {
      share += rise;
      x += step;
      rise = density(x + step / 2) * step;
    }
    const quantile = x + (step * (target - share)) / rise;
    quantiles[i] = quantile;
    quantiles[QUANTILES - 1 - i] = -quantile;
  }
  return quantiles;
}

function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}
