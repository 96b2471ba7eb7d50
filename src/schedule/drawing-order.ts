/** In which order the frames of an animation are drawn, and which of them the model draws. */

import type { Settings } from "../settings/schema.ts";

export interface DrawingOrder {
  /** How many frames are drawn or moved before this one. */
  readonly stepOf: (frame: number) => number;
  /** Whether the model draws the frame; with cadence above 1 those between are moved only. */
  readonly isDiffused: (frame: number) => boolean;
  /** Which drawn frame this one is, or was moved from, counted from the first of the video. */
  readonly blockOf: (frame: number) => number;
}

/** Forward, blocks of `cadence` frames begin with the drawn one at frame 0; with `reverse` they end with it, the last one at the last frame. */
export function drawingOrder({
  reverse,
  cadence,
  frames,
}: Pick<Settings, "reverse" | "cadence" | "frames">): DrawingOrder {
  const stepOf = (frame: number): number => (reverse ? frames - 1 - frame : frame);
  const lastBlock = Math.floor((frames - 1) / cadence);
  return {
    stepOf,
    isDiffused: (frame) => stepOf(frame) % cadence === 0,
    blockOf(frame) {
      const block = Math.floor(stepOf(frame) / cadence);
      return reverse ? lastBlock - block : block;
    },
  };
}
