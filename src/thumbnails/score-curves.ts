/** What is drawn of the scores of a film: curves, the spans that were left out, and where stills were taken. */

import { MEASURE_NAMES, type MeasureName, measure, type ScoredFrame } from "./measures.ts";
import type { RejectedFrame, Selection } from "./select.ts";
import type { Weights } from "./weights.ts";

export interface ScoreCurve {
  readonly name: "merit" | MeasureName;
  /** One per frame; NaN where there is none. */
  readonly values: Float64Array;
}

/** Frames next to each other that were left out for one reason. */
export interface RejectedSpan {
  readonly reason: RejectedFrame["reason"];
  /** Places among the frames, both included. */
  readonly first: number;
  readonly last: number;
}

export interface ScoreCurves {
  readonly frames: readonly ScoredFrame[];
  /** The merit, and what it is made of, what weighs most first. */
  readonly curves: readonly ScoreCurve[];
  /** Duds, in the order of the film; near-duplicates are none of these, they may be good. */
  readonly duds: readonly RejectedSpan[];
  /** Place among the frames of each picked one, best first. */
  readonly picked: readonly number[];
}

/** The curves of scored frames, in the order of the film. */
export function scoreCurves(
  frames: readonly ScoredFrame[],
  { ranked, rejected, picked }: Selection,
  weights: Weights,
): ScoreCurves {
  const merits = new Map(ranked.map(({ frame, merit }) => [frame, merit]));
  const places = new Map(frames.map(({ frame }, place) => [frame, place]));
  const weighed = MEASURE_NAMES.filter((name) => (weights[name] ?? 0) > 0)
    .toSorted((a, b) => weights[b]! - weights[a]!)
    .map((name) => ({ name, values: Float64Array.from(frames, (frame) => measure(name, frame) ?? NaN) }))
    .filter(({ values }) => values.some((value) => !Number.isNaN(value)));
  return {
    frames,
    curves: [
      { name: "merit", values: Float64Array.from(frames, ({ frame }) => merits.get(frame) ?? NaN) },
      ...weighed,
    ],
    duds: rejectedSpans(frames, rejected).filter(({ reason }) => reason !== "near-duplicate"),
    picked: picked.map(({ frame }) => places.get(frame)!),
  };
}

/** Rejected frames as spans of neighbors with one reason, in the order of the film. */
export function rejectedSpans(
  frames: readonly ScoredFrame[],
  rejected: readonly RejectedFrame[],
): RejectedSpan[] {
  const reasons = new Map(rejected.map(({ frame, reason }) => [frame, reason]));
  const spans: RejectedSpan[] = [];
  for (const [place, { frame }] of frames.entries()) {
    const reason = reasons.get(frame);
    if (reason === undefined) continue;
    const open = spans.at(-1);
    if (open?.reason === reason && open.last === place - 1)
      spans[spans.length - 1] = { ...open, last: place };
    else spans.push({ reason, first: place, last: place });
  }
  return spans;
}
