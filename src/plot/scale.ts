/** Axes of a plot: from values to pixels, and the round numbers between. */

export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Round numbers from low to high, ascending. */
  readonly ticks: readonly number[];
  /** Pixel of a value. */
  at(value: number): number;
}

/**
 * @param from pixel of the lowest value; `to` of the highest, smaller for an axis that points up
 * @param count about how many ticks
 */
export function linearScale(low: number, high: number, from: number, to: number, count: number): Scale {
  const step = roundStep((high - low) / count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step + 0);
  return { low, high, ticks, at: (value) => from + ((value - low) / (high - low)) * (to - from) };
}

/** The range of some values, with room above and below; around a constant one, too. */
export function paddedRange(columns: readonly Float64Array[]): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const values of columns) {
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const room = high > low ? 0.1 * (high - low) : 0.5 * (Math.abs(low) || 1);
  return [low - room, high + room];
}

/** The next of 1, 2, 5, 10, 20 … times a power of ten. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10);
}

/** A value in few digits: `0.55`, `-3.5`, `12000`. */
export function shortValue(value: number): string {
  if (value !== 0 && (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-4)) return value.toPrecision(3);
  return String(Number(value.toPrecision(5)) + 0);
}
