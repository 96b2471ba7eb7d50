/** Which frames become stills: no duds, the best of each scene, no two alike, spread over the film. */
import { hashDistance } from "../scoring/difference-hash.ts";
import type { DudReason } from "../scoring/score.ts";
import { signatureDistance } from "../scoring/signature.ts";
import { clusterFrames } from "./cluster-frames.ts";
import type { ScoredFrame } from "./measures.ts";
import { judgeFrames, praise } from "./merit.ts";
import { tallyReasons } from "./tally-reasons.ts";
import { defaultWeights, type Weights } from "./weights.ts";

export type { ScoredFrame } from "./measures.ts";

export interface RankedFrame extends ScoredFrame {
  /** Weighted rank among the frames of this film that are no duds, 0–1. */
  readonly merit: number;
  /** Number of its scene, from 0, in the order in which scenes first appear. */
  readonly cluster: number;
}

export interface Candidate extends RankedFrame {
  /** Why it was chosen, what weighs most first: `sharp`, `well lit`, `largest scene`. */
  readonly reasons: readonly string[];
}

export interface RejectedFrame {
  readonly frame: number;
  readonly reason: DudReason | "near-duplicate";
  /** For a near-duplicate: the picked frame that it resembles. */
  readonly of?: number;
}

export interface Selection {
  /** Best first; fewer than asked for when no more are worth it. */
  readonly picked: readonly Candidate[];
  /** The picked ones, and behind them those that would come next, one of each scene. */
  readonly candidates: readonly Candidate[];
  /** All frames that are no duds, best first; where all are, the least bad. */
  readonly ranked: readonly RankedFrame[];
  /** Duds, and frames too like a picked one, in the order of the film. */
  readonly rejected: readonly RejectedFrame[];
  /** Set when every frame of the film is a dud: what is wrong with the least bad ones, among which the choice was made. */
  readonly leastBad: DudReason | undefined;
}

/**
 * What the size of its scene, standing apart in time, and in looks, adds to the merit of the next pick at most. Own; the size counts because a
 * still is to show what the film is about.
 */
const SCENE_SIZE = 0.25;
const TIME_SPREAD = 0.3;
const VARIETY = 0.3;
/** What being typical of its scene adds to the worth of a frame within it at most: what comes between two scenes is neither. Own. */
const TYPICAL = 0.4;
/** Two unrelated pictures differ in half of the 64 cells of the hash, and by about as many levels of 255 in color and light. */
const UNRELATED_DISTANCE = 32;
const UNRELATED_COLORS = 40;
/** Fewer differing cells are the same picture at any distance in time. */
const SAME_PICTURE = 5;
/** Fewer differing cells are the same moment when less than half of the ideal gap lies between the two. Own. */
const SAME_MOMENT = 14;
/** How many candidates there are to look at, those that were picked included. */
const MOST_CANDIDATES = 12;
/** When there is nothing else: the frames to choose among are those of the first of these that there is. Own. */
const LEAST_BAD_FIRST: readonly DudReason[] = [
  "interlaced",
  "transition",
  "letterbox",
  "burned-out",
  "blurred",
  "noise",
  "flat",
  "white",
  "black",
];

/** Picks up to `count` frames. Pure and deterministic; ties go to the earlier frame. */
export function selectStills(
  frames: readonly ScoredFrame[],
  count: number,
  weights: Weights = defaultWeights(),
): Selection {
  const { eligible, leastBad } = findEligible(frames);
  const judged = judgeFrames(eligible, weights);
  const scenes = clusterFrames(eligible, count).map(({ members, typicality }, cluster) =>
    members
      .map((index, place) => {
        const worth = judged.merits[index]! + TYPICAL * typicality[place]!;
        return { frame: { ...eligible[index]!, merit: judged.merits[index]!, cluster }, worth };
      })
      .toSorted((a, b) => b.worth - a.worth || a.frame.frame - b.frame.frame)
      .map(({ frame }) => frame),
  );
  const ranked = scenes.flat().toSorted(byMerit);
  const idealGap = durationOf(frames) / Math.max(1, count);
  const search: Search = { scenes, left: scenes, idealGap, picked: [], duplicates: new Map() };
  pickNext(search, count);
  const picked = search.picked.slice();
  const duplicates = new Map(search.duplicates);
  // Candidates behind the picked ones come from scenes that have none yet; a second of a scene would only fill the sheet.
  if (count > 0) pickNext(search, MOST_CANDIDATES, { newScenesOnly: true });
  const chosen = new Set(picked.map(({ frame }) => frame));
  const candidates = search.picked.map((frame) => {
    const reasons = praise(
      eligible.findIndex((other) => other.frame === frame.frame),
      judged,
      weights,
    );
    return { ...frame, reasons: isOfLargest(frame, scenes) ? [...reasons, "largest scene"] : reasons };
  });
  return {
    picked: candidates.slice(0, picked.length),
    candidates,
    ranked,
    rejected: frames.flatMap((frame) => (chosen.has(frame.frame) ? [] : rejection(frame, duplicates))),
    leastBad,
  };
}

/**
 * A sentence about a selection that fell short, such as `2 of 3 stills: of 60 frames 40 blurred, 18 near-duplicate left out`, or that had nothing
 * but duds to choose from; else undefined.
 */
export function describeShortfall(
  { picked, ranked, rejected, leastBad }: Selection,
  count: number,
): string | undefined {
  if (leastBad !== undefined && picked.length > 0) {
    const reasons = [...picked.map(({ score }) => score.dud!), ...rejected.map(({ reason }) => reason)];
    const stills = picked.length === 1 ? "the still is" : `the ${picked.length} stills are`;
    return `no frame is worth a still: of ${reasons.length} frames ${tally(reasons)}; ${stills} the least bad`;
  }
  if (picked.length >= count) return undefined;
  const reasons = rejected.map(({ reason }) => reason);
  const duds = reasons.filter((reason) => reason !== "near-duplicate").length;
  const leftOut = reasons.length === 0 ? "all are used" : `${tally(reasons)} left out`;
  return `${picked.length} of ${count} stills: of ${ranked.length + duds} frames ${leftOut}`;
}

/** `40 blurred, 18 near-duplicate`. */
function tally(reasons: readonly RejectedFrame["reason"][]): string {
  return [...tallyReasons(reasons)].map(([reason, count]) => `${count} ${reason}`).join(", ");
}

function findEligible(frames: readonly ScoredFrame[]): {
  eligible: readonly ScoredFrame[];
  leastBad: DudReason | undefined;
} {
  const good = frames.filter(({ score }) => score.dud === undefined);
  if (good.length > 0 || frames.length === 0) return { eligible: good, leastBad: undefined };
  const found = new Set(frames.map(({ score }) => score.dud));
  const leastBad = LEAST_BAD_FIRST.find((reason) => found.has(reason));
  return { eligible: frames.filter(({ score }) => score.dud === leastBad), leastBad };
}

function byMerit(a: RankedFrame, b: RankedFrame): number {
  return b.merit - a.merit || a.frame - b.frame;
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

interface Search {
  readonly scenes: readonly (readonly RankedFrame[])[];
  /** Of each scene the frames that may still be picked, best first. */
  left: readonly (readonly RankedFrame[])[];
  /** Seconds between stills that are spread evenly. */
  readonly idealGap: number;
  readonly picked: RankedFrame[];
  /** Frames too like a picked one, and that one. */
  readonly duplicates: Map<number, number>;
}

/** Goes on picking until there are `count`, or nothing is left: first the best of each scene, then the best of what remains. */
function pickNext(search: Search, count: number, { newScenesOnly = false } = {}): void {
  const { idealGap, picked, duplicates } = search;
  while (picked.length < count) {
    const taken = new Set(picked.map(({ cluster }) => cluster));
    const fresh = search.left.filter((_, cluster) => !taken.has(cluster));
    const best = bestOf(fresh, search) ?? (newScenesOnly ? undefined : bestOf(search.left, search));
    if (!best) return;
    picked.push(best);
    search.left = search.left.map((scene) =>
      scene.filter((frame) => {
        if (frame === best) return false;
        if (!areAlike(frame, best, idealGap)) return true;
        duplicates.set(frame.frame, best.frame);
        return false;
      }),
    );
  }
}

/** Of the best frames of the scenes, the one that is worth most beside those picked. */
function bestOf(scenes: readonly (readonly RankedFrame[])[], search: Search): RankedFrame | undefined {
  const largest = Math.max(...search.scenes.map(({ length }) => length));
  let best: RankedFrame | undefined;
  let bestWorth = -Infinity;
  for (const [frame] of scenes) {
    if (!frame) continue;
    const size = Math.sqrt(search.scenes[frame.cluster]!.length / largest);
    const worth = frame.merit + SCENE_SIZE * size + standingApart(frame, search);
    if (worth > bestWorth) [best, bestWorth] = [frame, worth];
  }
  return best;
}

function standingApart(frame: RankedFrame, { picked, idealGap }: Search): number {
  let gap = 1;
  let difference = 1;
  for (const { timeSeconds, score } of picked) {
    const seconds = Math.abs(frame.timeSeconds - timeSeconds);
    gap = Math.min(gap, idealGap > 0 ? seconds / idealGap : 0);
    const shapes = hashDistance(frame.score.hash, score.hash) / UNRELATED_DISTANCE;
    const colors = Math.min(1, signatureDistance(frame.score.signature, score.signature) / UNRELATED_COLORS);
    difference = Math.min(difference, (shapes + colors) / 2);
  }
  return TIME_SPREAD * gap + VARIETY * difference;
}

function areAlike(a: RankedFrame, b: RankedFrame, idealGap: number): boolean {
  const distance = hashDistance(a.score.hash, b.score.hash);
  if (distance < SAME_PICTURE) return true;
  return distance < SAME_MOMENT && Math.abs(a.timeSeconds - b.timeSeconds) < idealGap / 2;
}

function isOfLargest({ cluster }: RankedFrame, scenes: readonly (readonly RankedFrame[])[]): boolean {
  return scenes.length > 1 && scenes.every(({ length }) => length <= scenes[cluster]!.length);
}

function rejection({ frame, score }: ScoredFrame, duplicates: ReadonlyMap<number, number>): RejectedFrame[] {
  if (score.dud !== undefined) return [{ frame, reason: score.dud }];
  const of = duplicates.get(frame);
  return of === undefined ? [] : [{ frame, reason: "near-duplicate", of }];
}
