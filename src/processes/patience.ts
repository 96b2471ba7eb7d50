/** How long a process may be silent before it counts as hung, by what the same work took it before. */

/** All in seconds, but for `timesMedian`. */
export interface PatienceRules {
  /** No silence shorter than this is a hang. */
  readonly least: number;
  /** Work that was done before may take so many times the median. */
  readonly timesMedian: number;
  /** Work that was never done before, by a process that neither computes nor reads. */
  readonly firstIdle: number;
  /** Work that was never done before, by a process that is at it, or of which nothing is known. */
  readonly firstBusy: number;
  /** How often a process is looked at. */
  readonly slice: number;
}

/**
 * Own. The first time, networks are read from a slow disk, unpacked, and compiled for a GPU, which may take a whole processor many minutes;
 * a process that does none of it for five has no reason to. Afterwards the same work takes the same time, give or take a busy machine.
 */
export const USUAL_PATIENCE: PatienceRules = {
  least: 60,
  timesMedian: 10,
  firstIdle: 300,
  firstBusy: 1800,
  slice: 1,
};

/** Seconds of silence that count as a hang: of a process that rests, and of one that computes. */
export interface SilenceLimits {
  readonly idle: number;
  readonly busy: number;
}

export interface Patience {
  /** Seconds between two looks. */
  readonly slice: number;
  /** @param work what takes about the same time whenever it is done, such as `step 512x512` */
  limits(work: string): SilenceLimits;
  /** Notes what a piece of work took, seconds. */
  took(work: string, seconds: number): void;
}

/** The median is that of the last so many, so that a long run takes no more memory than a short one. */
const REMEMBERED = 99;

/** Knows nothing at first. */
export function createPatience(rules: PatienceRules = USUAL_PATIENCE): Patience {
  const times = new Map<string, number[]>();
  return {
    slice: rules.slice,
    limits(work) {
      const known = times.get(work);
      if (!known) return { idle: rules.firstIdle, busy: rules.firstBusy };
      const limit = Math.max(rules.least, rules.timesMedian * median(known));
      return { idle: limit, busy: limit };
    },
    took(work, seconds) {
      const known = times.get(work) ?? [];
      times.set(work, [...known, seconds].slice(-REMEMBERED));
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
