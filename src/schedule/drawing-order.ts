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

type OrderSettings = DistributionSettings & Pick<Settings, "reverse" | "deforum_exact" | "last_block">;

/**
 * Forward, blocks of `cadence` frames begin with the drawn one at frame 0; with `reverse` they end with it, the last one at the last frame.
 * With `keyframe_distribution` blocks begin where prompts have keys, see {@link distributedFrames}.
 */
export function drawingOrder(settings: OrderSettings): DrawingOrder {
  return distributes(settings) ? orderByKeys(distributedFrames(settings)) : evenOrder(settings);
}

function evenOrder(settings: OrderSettings): DrawingOrder {
  const { reverse, cadence } = settings;
  const count = writtenFrames(settings);
  const stepOf = (frame: number): number => (reverse ? count - 1 - frame : frame);
  const lastBlock = Math.floor((count - 1) / cadence);
  return {
    count,
    first: reverse ? count - 1 : 0,
    stepOf,
    isDiffused: (frame) => stepOf(frame) % cadence === 0,
    blockOf(frame) {
      const block = Math.floor(stepOf(frame) / cadence);
      return reverse ? lastBlock - block : block;
    },
    blocks: Math.ceil(settings.frames / cadence),
    newerShareAt: () => undefined,
  };
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
 */
function writtenFrames({ deforum_exact, last_block, frames, cadence }: OrderSettings): number {
  const omits = last_block === "omit" || (last_block === "auto" && deforum_exact);
  const blocks = Math.floor((frames - 1) / cadence);
  return omits && cadence > 1 && blocks > 0 ? blocks * cadence : frames;
}
