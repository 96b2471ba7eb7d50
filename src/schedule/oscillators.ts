/** Functions of a formula that swing, wander and blend: waves with a period, smooth noise, a soft step. */

import { mapReals } from "./columns.ts";
import type { FormulaFunction } from "./functions.ts";

/** The entries of the function table. Those `ofTime` get the frame as an operand before the written ones. */
export const OSCILLATORS: readonly [string, FormulaFunction][] = [
  wave("wave", "a wave from −1 to 1 that starts at 0 and rises", (place) => Math.sin(2 * Math.PI * place)),
  wave("tri", "the same with straight flanks", (place) => 1 - 4 * Math.abs(fraction(place + 0.25) - 0.5)),
  wave("saw", "rises evenly from −1 to 1, then falls at once", (place) => 2 * fraction(place) - 1),
  [
    "pulse",
    {
      signature: "pulse(period, width=0.5, phase=0)",
      description:
        "1 for the first `width` of each period, 0 for the rest; width is a share, phase as for wave",
      arity: [1, 3],
      kind: () => "real",
      ofTime: true,
      run: (t, period, width = 0.5, phase = 0) =>
        mapReals(
          (frame, length, share, shift) => (fraction(placeOf(frame, length, shift)) < share ? 1 : 0),
          t,
          period,
          width,
          phase,
        ),
    },
  ],
  [
    "noise1d",
    {
      signature: "noise1d(x, seed=0)",
      description:
        "smooth noise from −1 to 1, 0 at whole x: noise1d(t/15) wanders once in about 15 frames; another seed wanders otherwise",
      arity: [1, 2],
      kind: () => "real",
      run: (x, seed = 0) => mapReals(gradientNoise, x, seed),
    },
  ],
  [
    "smoothstep",
    {
      signature: "smoothstep(low, high, x)",
      description: "0 where x is below low, 1 above high, a soft S between",
      arity: [3, 3],
      kind: () => "real",
      run: (low, high, x) => mapReals(smoothstep, low, high, x),
    },
  ],
];

function wave(
  name: string,
  description: string,
  shape: (place: number) => number,
): [string, FormulaFunction] {
  return [
    name,
    {
      signature: `${name}(period, phase=0)`,
      description:
        name === "wave" ? `${description}; period in frames, 2s or 4b, phase as a share of it` : description,
      arity: [1, 2],
      kind: () => "real",
      ofTime: true,
      run: (t, period, phase = 0) =>
        mapReals((frame, length, shift) => shape(placeOf(frame, length, shift)), t, period, phase),
    },
  ];
}

/** Periods since frame 0. A wave without a length has no value. */
function placeOf(frame: number, period: number, phase: number): number {
  return period > 0 ? frame / period + phase : Number.NaN;
}

function fraction(x: number): number {
  return x - Math.floor(x);
}

/** Perlin's noise along a line: slopes at whole numbers, blended by a quintic. The factor 2 brings its extremes to −1 and 1. */
function gradientNoise(x: number, seed: number): number {
  if (!Number.isFinite(x)) return Number.NaN;
  const left = Math.floor(x);
  const t = x - left;
  const fade = t * t * t * (t * (6 * t - 15) + 10);
  const before = slopeAt(left, seed) * t;
  const after = slopeAt(left + 1, seed) * (t - 1);
  return 2 * (before + (after - before) * fade);
}

/** −1 … 1, the same for the same whole numbers. */
function slopeAt(place: number, seed: number): number {
  let hash = Math.imul(place | 0, 0x9e3779b1) ^ Math.imul(Math.trunc(seed) | 0, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x7fffffff - 1;
}

function smoothstep(low: number, high: number, x: number): number {
  if (low === high) return x < low ? 0 : 1;
  const t = Math.max(0, Math.min(1, (x - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
