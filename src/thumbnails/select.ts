/** Which frames become stills: no duds, the best first, no two alike, spread over the film. */
import { hashDistance } from "../scoring/difference-hash.ts";
import type { DudReason, FrameScore } from "../scoring/score.ts";

export interface ScoredFrame {
  readonly frame: number;
  readonly timeSeconds: number;
  readonly score: FrameScore;
}

export interface RankedFrame extends ScoredFrame {
  /** Weighted rank among the frames of this run that are no duds, 0–1. */
  readonly merit: number;
}

export interface RejectedFrame {
  readonly frame: number;
  readonly reason: DudReason | "near-duplicate";
  /** For a near-duplicate: the picked frame that it resembles. */
  readonly of?: number;
}

export interface Selection {
  /** Best first; fewer than asked for when no more are worth it. */
  readonly picked: readonly RankedFrame[];
  /** All frames that are no duds, best first. */
  readonly ranked: readonly RankedFrame[];
  /** Duds, and frames too like a picked one, in the order of the film. */
  readonly rejected: readonly RejectedFrame[];
}

/**
 * Shares of the ranks in a frame's merit. Sharpness and texture go best with the thumbnails that people choose (Song et al., CIKM 2016);
 * colorfulness alone says little about liking (Amati et al., 2014). Own weights.
 */
const WEIGHTS = { sharpness: 0.35, contrast: 0.25, exposure: 0.2, colorfulness: 0.2 };
/** What standing apart in time, and in looks, adds to the merit of the next pick at most. Own. */
const TIME_SPREAD = 0.5;
const VARIETY = 0.25;
/** Two unrelated pictures differ in half of the 64 cells. */
const UNRELATED_DISTANCE = 32;
/** Fewer differing cells are the same picture at any distance in time. */
const SAME_PICTURE = 5;
/** Fewer differing cells are the same moment when less than half of the ideal gap lies between the two. Own. */
const SAME_MOMENT = 14;

/** Picks up to `count` frames. Pure and deterministic; ties go to the earlier frame. */
export function selectStills(frames: readonly ScoredFrame[], count: number): Selection {
  const ranked = rankFrames(frames.filter(({ score }) => score.dud === undefined));
  const idealGap = durationOf(frames) / Math.max(1, count);
  const picked: RankedFrame[] = [];
  const duplicates = new Map<number, number>();
  while (picked.length < count) {
    const best = bestNext(ranked, picked, duplicates, idealGap);
    if (!best) break;
    picked.push(best);
    for (const frame of ranked) {
      const isNew = !picked.includes(frame) && !duplicates.has(frame.frame);
      if (isNew && areAlike(frame, best, idealGap)) duplicates.set(frame.frame, best.frame);
    }
  }
  return { picked, ranked, rejected: frames.flatMap((frame) => rejection(frame, duplicates)) };
}

/** One sentence about a selection that fell short, such as `2 of 3 stills: of 60 frames 40 are blurred, 18 near-duplicate`; else undefined. */
export function describeShortfall(
  { picked, ranked, rejected }: Selection,
  count: number,
): string | undefined {
  if (picked.length >= count) return undefined;
  const reasons = new Map<string, number>();
  for (const { reason } of rejected) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const duds = rejected.filter(({ reason }) => reason !== "near-duplicate").length;
  const list = [...reasons].map(([reason, number]) => `${number} ${reason}`).join(", ");
  return `${picked.length} of ${count} stills: of ${ranked.length + duds} frames ${list === "" ? "all are used" : `${list} left out`}`;
}

/** The frames with their merit, best first. */
function rankFrames(frames: readonly ScoredFrame[]): RankedFrame[] {
  const merits = new Float64Array(frames.length);
  const measures: [weight: number, measure: (score: FrameScore) => number][] = [
    [WEIGHTS.sharpness, (score) => score.sharpness],
    [WEIGHTS.contrast, (score) => score.contrast],
    [WEIGHTS.exposure, exposure],
    [WEIGHTS.colorfulness, (score) => score.colorfulness],
  ];
  for (const [weight, measure] of measures) {
    const ranks = relativeRanks(frames.map(({ score }) => measure(score)));
    for (let i = 0; i < merits.length; i++) merits[i]! += weight * ranks[i]!;
  }
  return frames
    .map((frame, index) => ({ ...frame, merit: merits[index]! }))
    .toSorted((a, b) => b.merit - a.merit || a.frame - b.frame);
}

/** 1 for middle gray without clipping, falling to 0 and below. */
function exposure({ brightness, clipped }: FrameScore): number {
  return 1 - 2 * Math.abs(brightness - 0.5) - clipped;
}

/** Rank of each value among all, 0 (lowest) to 1 (highest); equal values share the mean of their ranks. A single value has 1. */
function relativeRanks(values: readonly number[]): number[] {
  if (values.length === 1) return [1];
  const ascending = values.toSorted((a, b) => a - b);
  return values.map((value) => {
    const below = lowerBound(ascending, value);
    const notAbove = lowerBound(ascending, value, true);
    return (below + notAbove - 1) / 2 / (values.length - 1);
  });
}

/** How many of the ascending values are less than `value`, or not more with `orEqual`. */
function lowerBound(ascending: readonly number[], value: number, orEqual = false): number {
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

function durationOf(frames: readonly ScoredFrame[]): number {
  let first = Infinity;
  let last = -Infinity;
  for (const { timeSeconds } of frames) {
    first = Math.min(first, timeSeconds);
    last = Math.max(last, timeSeconds);
  }
  return Math.max(0, last - first);
}

function bestNext(
  ranked: readonly RankedFrame[],
  picked: readonly RankedFrame[],
  duplicates: ReadonlyMap<number, number>,
  idealGap: number,
): RankedFrame | undefined {
  let best: RankedFrame | undefined;
  let bestWorth = -Infinity;
  for (const frame of ranked) {
    if (picked.includes(frame) || duplicates.has(frame.frame)) continue;
    const worth = frame.merit + standingApart(frame, picked, idealGap);
    if (worth > bestWorth) [best, bestWorth] = [frame, worth];
  }
  return best;
}

function standingApart(frame: RankedFrame, picked: readonly RankedFrame[], idealGap: number): number {
  let gap = 1;
  let difference = 1;
  for (const other of picked) {
    const seconds = Math.abs(frame.timeSeconds - other.timeSeconds);
    gap = Math.min(gap, idealGap > 0 ? seconds / idealGap : 0);
    const distance = hashDistance(frame.score.hash, other.score.hash);
    difference = Math.min(difference, distance / UNRELATED_DISTANCE);
  }
  return TIME_SPREAD * gap + VARIETY * difference;
}

function areAlike(a: RankedFrame, b: RankedFrame, idealGap: number): boolean {
  const distance = hashDistance(a.score.hash, b.score.hash);
  if (distance < SAME_PICTURE) return true;
  return distance < SAME_MOMENT && Math.abs(a.timeSeconds - b.timeSeconds) < idealGap / 2;
}

function rejection({ frame, score }: ScoredFrame, duplicates: ReadonlyMap<number, number>): RejectedFrame[] {
  if (score.dud !== undefined) return [{ frame, reason: score.dud }];
  const of = duplicates.get(frame);
  return of === undefined ? [] : [{ frame, reason: "near-duplicate", of }];
}
