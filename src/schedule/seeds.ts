/** The seed of each diffused frame. */

import { ScheduleError } from "../errors.ts";
import { randomStream } from "../tensor/random.ts";

/**
 * How the seed goes on from one diffused frame to the next; names and sequences are Deforum's (behaviour).
 *
 * - `iter`: one more each time, or after every `repeat` frames; the first seed then lasts a single frame
 * - `fixed`: always the same
 * - `ladder`: two up, one down
 * - `alternate`: one up, one down
 * - `random`: the run's seed first, then numbers drawn from it
 * - `schedule`: from the seed schedule; −1 draws as `random` does
 */
export type SeedBehavior = "iter" | "fixed" | "random" | "ladder" | "alternate" | "schedule";

export interface SeedOptions {
  /** `iter` only: frames per seed, a whole number ≥ 1. Default 1. */
  readonly repeat?: number;
  /** `schedule` only: the scheduled value of each diffused frame; its fraction is cut off. */
  readonly schedule?: ArrayLike<number>;
}

/**
 * Seeds of the first `count` diffused frames.
 *
 * Drawn seeds are whole numbers 0 … 2^32 − 1 that depend on the run's seed and the frame's number alone, so that a run repeats; Deforum
 * draws them from Python's global generator.
 *
 * @param seed of the run, a whole number 0 … 2^53 − 1
 * @param count number of diffused frames, ≥ 1
 * @throws ScheduleError for a scheduled seed that is neither −1 nor 0 … 2^53 − 1
 */
export function frameSeeds(
  behavior: SeedBehavior,
  seed: number,
  count: number,
  options: SeedOptions = {},
): readonly number[] {
  const { repeat = 1, schedule } = options;
  const sequences: Readonly<Record<SeedBehavior, () => readonly number[]>> = {
    iter: () => runningSeeds(seed, count, (frame) => (frame % repeat === 0 ? 1 : 0)),
    fixed: () => runningSeeds(seed, count, () => 0),
    ladder: () => runningSeeds(seed, count, (frame) => (frame % 2 === 0 ? 2 : -1)),
    alternate: () => runningSeeds(seed, count, (frame) => (frame % 2 === 0 ? 1 : -1)),
    random: () => drawnSeeds(seed, count).with(0, seed),
    schedule: () => scheduledSeeds(seed, count, schedule),
  };
  return sequences[behavior]();
}

/** @param step what is added after the diffused frame of this number, from 0 */
function runningSeeds(seed: number, count: number, step: (frame: number) => number): readonly number[] {
  let current = seed;
  return Array.from({ length: count }, (_, frame) => {
    const own = current;
    current += step(frame);
    return own;
  });
}

/** One number per frame; the numbers of the first frames do not depend on `count`. */
function drawnSeeds(seed: number, count: number): readonly number[] {
  const stream = randomStream(seed, "frame seeds");
  return Array.from({ length: count }, () => stream.uniform() * 2 ** 32);
}

function scheduledSeeds(
  seed: number,
  count: number,
  schedule: ArrayLike<number> | undefined,
): readonly number[] {
  const drawn = drawnSeeds(seed, count);
  return drawn.map((own, frame) => {
    const value = Math.trunc(schedule?.[frame] ?? Number.NaN);
    if (value === -1) return own;
    if (value >= 0 && Number.isSafeInteger(value)) return value + 0;
    throw new ScheduleError(
      `expected a seed from 0 to 2^53 − 1, or −1 for a random one, found ${value} for diffused frame ${frame}`,
      {
        hint: "seeds ramp like other numbers; write 0:(5+0), 30:(9+0) to hold one until the next key",
      },
    );
  });
}
