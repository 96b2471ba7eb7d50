/** What the user's networks say of the frames that may become stills. */

import { AnimateError } from "../errors.ts";
import type { FoundBox } from "../models/detector-forms.ts";
import type { ByteImage } from "../tensor/image.ts";
import { isCutByEdge } from "./box-facts.ts";
import type { JudgeFiles } from "./judge-messages.ts";
import { openJudges } from "./judge-process.ts";
import { judgeFrames } from "./merit.ts";
import type { ScoredFrame } from "./measures.ts";
import type { Weights } from "./weights.ts";

export interface JudgedFrames {
  /** All frames in their order; those that were seen have `plugins`, and `boxes` where there is a detector. */
  readonly frames: readonly ScoredFrame[];
  readonly warnings: readonly string[];
}

/** Frames that networks see, the best by all other measures: a network takes as long as a hundred of those. */
export const MOST_JUDGED = 64;
/** Worth of a face that is cut at the edge beside one that is whole. Own. */
const CUT_WORTH = 0.5;

/** Without networks the frames as they are. A network that fails is told as a warning, and the frames keep what was said before. */
export async function judgeCandidates(
  frames: readonly ScoredFrame[],
  weights: Weights,
  files: JudgeFiles,
  read: (frame: ScoredFrame) => Promise<ByteImage>,
): Promise<JudgedFrames> {
  if (files.detector === null && files.aesthetic === null) return { frames, warnings: [] };
  const said = new Map<number, Pick<ScoredFrame, "plugins" | "boxes">>();
  const warnings: string[] = [];
  const judges = await openJudges(files);
  try {
    for (const frame of bestFrames(frames, weights)) {
      const { boxes, aesthetic } = await judges.judge(await read(frame));
      const plugins = { ...(boxes && { faces: worthOf(boxes) }), ...(aesthetic !== null && { aesthetic }) };
      said.set(frame.frame, { plugins, ...(boxes && { boxes }) });
    }
  } catch (error) {
    if (!(error instanceof AnimateError)) throw error;
    warnings.push(`${said.size} frames were judged by networks, then: ${error.where}: ${error.message}`);
  } finally {
    judges.close();
  }
  const judged = frames.map((frame) => ({ ...frame, ...said.get(frame.frame) }));
  return { frames: judged, warnings };
}

function bestFrames(frames: readonly ScoredFrame[], weights: Weights): ScoredFrame[] {
  const candidates = frames.filter(({ score }) => score.dud === undefined);
  const { merits } = judgeFrames(candidates, weights);
  return candidates
    .map((frame, index) => ({ frame, merit: merits[index]! }))
    .toSorted((a, b) => b.merit - a.merit || a.frame.frame - b.frame.frame)
    .slice(0, MOST_JUDGED)
    .map(({ frame }) => frame);
}

/** 0 without a box; of the best box the root of its share of the picture, times how sure the detector is, half where an edge cuts it. */
export function worthOf(boxes: readonly FoundBox[]): number {
  return boxes.reduce((most, box) => {
    const share = Math.min(1, Math.sqrt(Math.max(0, box.width * box.height)));
    return Math.max(most, box.confidence * share * (isCutByEdge(box) ? CUT_WORTH : 1));
  }, 0);
}
