/** In which order the frames of an animation are drawn, which of them are there at all, and which of them the model draws. */

import type { Settings } from "../settings/schema.ts";
import {
  type DrawnFrames,
  distributedFrames,
  distributes,
  type DistributionSettings,
} from "./drawn-frames.ts";

export interface DrawingOrder {
  /** How many frames there are. */
  readonly count: number;
  /** The frame that is drawn before all others. */
  readonly first: number;
  /** How many frames are drawn or moved before this one. */
  readonly stepOf: (frame: number) => number;
  /** Whether the model draws the frame; with cadence above 1 those between are moved only. */
  readonly isDiffused: (frame: number) => boolean;
  /** Which drawn frame this one is, or was moved from, counted from the first of the video. */
  readonly blockOf: (frame: number) => number;
  /** How many frames are drawn. */
  readonly blocks: number;
  /** How much of the newer of two drawn pictures the frame shows; undefined where that follows from an even cadence. */
  readonly newerShareAt: (frame: number) => number | undefined;
}

type OrderSettings = DistributionSettings &
  Pick<Settings, "reverse" | "deforum_exact" | "last_block" | "shots">;

/**
 * Forward, blocks of `cadence` frames begin with the drawn one at frame 0; with `reverse` they end with it, the last one at the last frame.
 * In a list of shots each begins, or with `reverse` ends, with a drawn frame.
 * With `keyframe_distribution` blocks begin where prompts have keys, see {@link distributedFrames}.
 */
export function drawingOrder(settings: OrderSettings): DrawingOrder {
  return distributes(settings) ? orderByKeys(distributedFrames(settings)) : evenOrder(settings);
}

function evenOrder(settings: OrderSettings): DrawingOrder {
  const { reverse, cadence, frames } = settings;
  const begins = shotBegins(settings);
  const count = writtenFrames(settings, begins.at(-1)!);
  let before = 0;
  const shots = begins.map((begin, index) => {
    const end = begins[index + 1] ?? count;
    const shot = { begin, end, before, lastBlock: Math.floor((end - begin - 1) / cadence) };
    before += shot.lastBlock + 1;
    return shot;
  });
  const shotNumbers = new Int32Array(frames);
  for (const [index, begin] of begins.entries()) shotNumbers.fill(index, begin);
  const shotOf = (frame: number) => shots[shotNumbers[frame]!]!;
  const stepInShot = (frame: number): number => {
    const { begin, end } = shotOf(frame);
    return reverse ? end - 1 - frame : frame - begin;
  };
  const last = shots.at(-1)!;
  return {
    count,
    first: reverse ? count - 1 : 0,
    stepOf: (frame) => (reverse ? count - 1 - frame : frame),
    isDiffused: (frame) => stepInShot(frame) % cadence === 0,
    blockOf(frame) {
      const shot = shotOf(frame);
      const block = Math.floor(stepInShot(frame) / cadence);
      return shot.before + (reverse ? shot.lastBlock - block : block);
    },
    blocks: last.before + Math.ceil((frames - last.begin) / cadence),
    newerShareAt: () => undefined,
  };
}

/** The first frames of the shots, the beginning always among them; `cuts` are where blocks begin anyway. */
function shotBegins({ shots, frames }: OrderSettings): readonly number[] {
  if (shots === null || shots === "cuts") return [0];
  return [0, ...shots.filter((frame) => frame > 0 && frame < frames)];
}

function orderByKeys({ drawn, end, frames }: DrawnFrames): DrawingOrder {
  const blocks = new Int32Array(frames);
  for (const [block, frame] of drawn.entries()) blocks.fill(block, frame);
  const blockOf = (frame: number): number => blocks[frame]!;
  return {
    count: frames,
    first: 0,
    stepOf: (frame) => frame,
    isDiffused: (frame) => drawn[blockOf(frame)] === frame,
    blockOf,
    blocks: drawn.length,
    newerShareAt(frame) {
      const block = blockOf(frame);
      const start = drawn[block]!;
      return (frame - start + 1) / ((drawn[block + 1] ?? end) - start);
    },
  };
}

/**
 * All frames, or without the last block those before the last diffused one, whose block Deforum never gets to. A single block is written,
 * because no frame at all is of no use.
 *
 * @param begin of the last shot
 */
function writtenFrames({ deforum_exact, last_block, frames, cadence }: OrderSettings, begin: number): number {
  const omits = last_block === "omit" || (last_block === "auto" && deforum_exact);
  const blocks = Math.floor((frames - 1 - begin) / cadence);
  return omits && cadence > 1 && blocks > 0 ? begin + blocks * cadence : frames;
}
