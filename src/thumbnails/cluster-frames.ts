/** Which frames of a film show the same scene: groups by color and time. */

import { COARSE_LENGTH } from "../scoring/signature.ts";
import type { ScoredFrame } from "./measures.ts";

/** Scenes that differ by less are one: RMS difference of their colors, 0–1. Two moments of a shot differ by 0.02–0.1, two shots by 0.15–0.35. Own. */
const SAME_SCENE = 0.12;
/** How different the first and the last frame of a film are because of the time between them alone. Own. */
const TIME_WEIGHT = 0.2;
/** hecate (Song et al., CIKM 2016) clusters a film into at most as many. */
const MOST_CLUSTERS = 30;
/** Bounds of the work, whatever the length of the film: stretches of the film to begin with, and those that are compared with all others. */
const MOST_STRETCHES = 4096;
const MOST_SEGMENTS = 200;

export interface Cluster {
  /** Indices into the frames, ascending. */
  readonly members: readonly number[];
  /** How like the middle of its cluster each member is, in their order: 1 in the middle, 1/2 as far from it as members are on average. */
  readonly typicality: readonly number[];
}

interface Group {
  /** Indices into the frames, ascending as long as the group is one stretch of the film. */
  readonly members: readonly number[];
  /** Mean of the coarse part of the signatures, 0–1: `[192]`. */
  readonly center: Float64Array;
  /** Mean time, 0 (first frame) to TIME_WEIGHT (last). */
  readonly time: number;
}

/**
 * Groups the frames of a film by what they show.
 *
 * Neighbors are joined first where that loses least (Ward 1963), down to 200 segments, so that cuts stay between segments; then the segments that
 * are nearest to each other, wherever in the film they are, until the nearest are different scenes. O(n), beside a bounded rest; deterministic.
 *
 * @param frames in the order of the film
 * @param least as many groups at least, if there are as many frames
 * @returns the groups in the order in which they first appear
 */
export function clusterFrames(frames: readonly ScoredFrame[], least: number): Cluster[] {
  return joinSegments(joinNeighbors(stretches(frames)), least)
    .map((group) => toCluster(group, frames))
    .toSorted((a, b) => a.members[0]! - b.members[0]!);
}

function toCluster({ members, center }: Group, frames: readonly ScoredFrame[]): Cluster {
  const ordered = members.toSorted((a, b) => a - b);
  const distances = ordered.map((index) => colorDistance(frames[index]!.score.signature, center));
  const mean = distances.reduce((sum, distance) => sum + distance / distances.length, 0);
  return {
    members: ordered,
    typicality: distances.map((distance) => (mean === 0 ? 1 : mean / (mean + distance))),
  };
}

/** RMS difference of a frame from a center, 0–1. */
function colorDistance(signature: Uint8Array, center: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < center.length; i++) sum += (signature[i]! / 255 - center[i]!) ** 2;
  return Math.sqrt(sum / center.length);
}

/** The film cut into stretches of equally many frames; of a short film, each frame. */
function stretches(frames: readonly ScoredFrame[]): Group[] {
  const length = Math.ceil(frames.length / MOST_STRETCHES);
  const first = frames[0]?.timeSeconds ?? 0;
  const duration = (frames.at(-1)?.timeSeconds ?? 0) - first;
  const groups: Group[] = [];
  for (let start = 0; start < frames.length; start += length) {
    const members = frames.slice(start, start + length).map((_, index) => start + index);
    const center = new Float64Array(COARSE_LENGTH);
    let time = 0;
    for (const index of members) {
      const { timeSeconds, score } = frames[index]!;
      for (let i = 0; i < center.length; i++) center[i]! += score.signature[i]! / 255 / members.length;
      if (duration > 0) time += (TIME_WEIGHT * (timeSeconds - first)) / duration / members.length;
    }
    groups.push({ members, center, time });
  }
  return groups;
}

function joinNeighbors(groups: Group[]): Group[] {
  const costs = groups.slice(1).map((group, i) => wardCost(groups[i]!, group));
  while (groups.length > MOST_SEGMENTS) {
    const at = leastAt(costs);
    groups.splice(at, 2, join(groups[at]!, groups[at + 1]!));
    costs.splice(at, 1);
    if (at > 0) costs[at - 1] = wardCost(groups[at - 1]!, groups[at]!);
    if (at < costs.length) costs[at] = wardCost(groups[at]!, groups[at + 1]!);
  }
  return groups;
}

function joinSegments(groups: Group[], least: number): Group[] {
  const distances = groups.map((a) => groups.map((b) => squaredDistance(a, b)));
  while (groups.length > Math.max(1, least)) {
    let [nearest, first, second] = [Infinity, 0, 0];
    for (let a = 0; a < groups.length; a++) {
      const row = distances[a]!;
      for (let b = a + 1; b < groups.length; b++) {
        if (row[b]! < nearest) [nearest, first, second] = [row[b]!, a, b];
      }
    }
    if (groups.length <= MOST_CLUSTERS && nearest > SAME_SCENE ** 2) break;
    const joined = join(groups[first]!, groups[second]!);
    groups[first] = joined;
    groups.splice(second, 1);
    distances.splice(second, 1);
    for (const row of distances) row.splice(second, 1);
    for (const [other, group] of groups.entries()) {
      distances[first]![other] = distances[other]![first] = squaredDistance(joined, group);
    }
  }
  return groups;
}

/** By how much the sum of squared distances to the centers grows when two groups become one. */
function wardCost(a: Group, b: Group): number {
  const [sizeA, sizeB] = [a.members.length, b.members.length];
  return ((sizeA * sizeB) / (sizeA + sizeB)) * squaredDistance(a, b);
}

function squaredDistance(a: Group, b: Group): number {
  let sum = 0;
  for (let i = 0; i < a.center.length; i++) sum += (a.center[i]! - b.center[i]!) ** 2;
  return sum / a.center.length + (a.time - b.time) ** 2;
}

function join(a: Group, b: Group): Group {
  const members = a.members.concat(b.members);
  const share = a.members.length / members.length;
  return {
    members,
    center: a.center.map((value, i) => share * value + (1 - share) * b.center[i]!),
    time: share * a.time + (1 - share) * b.time,
  };
}

function leastAt(values: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! < values[best]!) best = i;
  return best;
}
