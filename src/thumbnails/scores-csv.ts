/** Every frame with everything that was measured on it, as a table for spreadsheets. */

import type { FrameScore } from "../scoring/score.ts";
import { type BoxFacts, boxFacts } from "./box-facts.ts";
import { MEASURE_NAMES, measure, type ScoredFrame } from "./measures.ts";
import type { Selection } from "./select.ts";

/** What is measured for finding duds, beside what weights are given to. */
const OTHER_MEASURES: readonly [column: string, value: (score: FrameScore) => number][] = [
  ["brightness", ({ brightness }) => brightness],
  ["clipped", ({ clipped }) => clipped],
  ["blown", ({ blown }) => blown],
  ["crushed", ({ crushed }) => crushed],
  ["entropy", ({ entropy }) => entropy],
  ["focus", ({ focus }) => focus],
  ["disorder", ({ disorder }) => disorder],
  ["noisiness", ({ noisiness }) => noisiness],
  ["picture_share", ({ pictureShare }) => pictureShare],
];

/** What the user's detector found; empty for frames that it has not seen. */
const DETECTED: readonly [column: string, value: (facts: BoxFacts) => number][] = [
  ["face_count", ({ count }) => count],
  ["largest_face", ({ largestShare }) => largestShare],
  ["face_cut", ({ isCut }) => Number(isCut)],
];

/**
 * One row per frame, in the order of the film, after a row of names: `frame`, `time_seconds`, every measure, `merit` (empty for a dud), `dud`
 * (`blurred`, `near-duplicate` …), `scene` (counted from 1; empty for a dud) and `picked` (1 for the best still). Measures that no frame has are left out. A
 * detector adds `face_count`, `largest_face` (its share of the picture) and `face_cut` (1 where an edge cuts one). Six
 * significant digits.
 */
export function scoresCsv(frames: readonly ScoredFrame[], { ranked, rejected, picked }: Selection): string {
  const names = MEASURE_NAMES.filter((name) => frames.some((frame) => measure(name, frame) !== undefined));
  const detected = frames.some(({ boxes }) => boxes) ? DETECTED : [];
  const byFrame = new Map(ranked.map((frame) => [frame.frame, frame]));
  const reasons = new Map(rejected.map(({ frame, reason }) => [frame, reason]));
  const ranks = new Map(picked.map(({ frame }, index) => [frame, index + 1]));
  const header = [
    "frame",
    "time_seconds",
    ...names,
    ...detected.map(([column]) => column),
    ...OTHER_MEASURES.map(([column]) => column),
    "merit",
    "dud",
    "scene",
    "picked",
  ];
  const rows = frames.map((frame) => {
    const judged = byFrame.get(frame.frame);
    const facts = frame.boxes && boxFacts(frame.boxes);
    return [
      frame.frame,
      short(frame.timeSeconds),
      ...names.map((name) => short(measure(name, frame))),
      ...detected.map(([, value]) => short(facts && value(facts))),
      ...OTHER_MEASURES.map(([, value]) => short(value(frame.score))),
      short(judged?.merit),
      reasons.get(frame.frame) ?? frame.score.dud ?? "",
      judged === undefined ? "" : judged.cluster + 1,
      ranks.get(frame.frame) ?? "",
    ].join(",");
  });
  return `${[header.join(","), ...rows].join("\n")}\n`;
}

function short(value: number | undefined): string {
  return value === undefined ? "" : String(Number(value.toPrecision(6)));
}
