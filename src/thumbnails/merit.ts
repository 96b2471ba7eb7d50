/** How good frames are beside each other: the weighted mean of their ranks in each measure. */

import { MEASURE_NAMES, MEASURES, type MeasureName, measure, type ScoredFrame } from "./measures.ts";
import type { Weights } from "./weights.ts";

export interface Merits {
  /** 0–1 for each frame, in their order. */
  readonly merits: Float64Array;
  /** Rank of each frame in the measures that count, 0 (lowest) to 1 (highest). */
  readonly ranks: ReadonlyMap<MeasureName, Float64Array>;
}

/** Rank of a frame that a network has not seen, when it has seen others. */
const UNKNOWN = 0.5;

/**
 * The merit of each frame. Ranks, so that no unit outweighs another and the same weights fit a drawing and a dark film.
 * A measure that no frame was judged by counts nothing.
 */
export function judgeFrames(frames: readonly ScoredFrame[], weights: Weights): Merits {
  const merits = new Float64Array(frames.length);
  const ranks = new Map<MeasureName, Float64Array>();
  for (const name of MEASURE_NAMES) {
    if ((weights[name] ?? 0) === 0) continue;
    const values = frames.map((frame) => measure(name, frame));
    if (values.some((value) => value !== undefined)) ranks.set(name, relativeRanks(values));
  }
  const total = [...ranks.keys()].reduce((sum, name) => sum + weights[name]!, 0);
  for (const [name, ofFrames] of ranks) {
    const share = weights[name]! / total;
    for (let i = 0; i < merits.length; i++) merits[i]! += share * ofFrames[i]!;
  }
  return { merits, ranks };
}

/** From which rank on a measure is a reason to choose a frame. */
const PRAISED_RANK = 0.7;
const MOST_REASONS = 3;

/** Why the frame at `index` is good, what weighs most first, such as `["sharp", "well lit"]`; empty when it stands out in nothing. */
export function praise(index: number, { ranks }: Merits, weights: Weights): string[] {
  return [...ranks]
    .map(([name, values]) => ({ name, rank: values[index]!, worth: weights[name]! * values[index]! }))
    .filter(({ rank }) => rank >= PRAISED_RANK)
    .toSorted((a, b) => b.worth - a.worth)
    .slice(0, MOST_REASONS)
    .map(({ name }) => MEASURES[name].praise);
}

/** Rank of each value among those known, 0 (lowest) to 1 (highest); equal values share the mean of their ranks. A single value has 1. */
function relativeRanks(values: readonly (number | undefined)[]): Float64Array {
  const ascending = Float64Array.from(values.filter((value) => value !== undefined)).toSorted();
  return Float64Array.from(values, (value) => {
    if (value === undefined) return UNKNOWN;
    if (ascending.length === 1) return 1;
    const below = lowerBound(ascending, value);
    const notAbove = lowerBound(ascending, value, true);
    return (below + notAbove - 1) / 2 / (ascending.length - 1);
  });
}

/** How many of the ascending values are less than `value`, or not more with `orEqual`. */
function lowerBound(ascending: Float64Array, value: number, orEqual = false): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const isBefore = orEqual ? ascending[middle]! <= value : ascending[middle]! < value;
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  return low;
}
