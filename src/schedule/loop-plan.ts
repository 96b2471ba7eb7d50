/** The end of a video that repeats: how long it takes, and how much of the first picture each of its frames is mixed with. */

import { drawsSingly } from "../settings/check-mode.ts";
import type { Settings } from "../settings/schema.ts";
import { type DrawingOrder, drawingOrder } from "./drawing-order.ts";
import { durationInFrames } from "./duration.ts";
import type { ClosingPlan } from "./frame-plan.ts";
import { scheduleContext } from "./schedule-context.ts";

type LoopSettings = Parameters<typeof drawingOrder>[0] &
  Pick<Settings, "loop" | "mode" | "fps" | "bpm" | "seed">;

/** By itself a loop takes this share of the video, but neither less nor more than so many seconds. */
const SHARE = 1 / 4;
const SECONDS = [1, 3] as const;
/** Drawn frames that it takes at least, where half of the video has as many. */
const DRAWN = 3;

/**
 * How many frames, counted back from the last one that is made, lead back to the first one that is made; 0 = none do.
 *
 * `true` takes a quarter of the video, between one and three seconds, at most half of it; a duration takes itself, at most all frames but one.
 */
export function loopFrames(settings: LoopSettings): number {
  const { loop, fps, cadence } = settings;
  if (loop === false) return 0;
  const { count } = drawingOrder(settings);
  if (loop !== true) return Math.min(count - 1, durationInFrames(loop, scheduleContext(settings)));
  const [shortest, longest] = SECONDS;
  const wished = Math.round(Math.min(longest * fps, Math.max(shortest * fps, SHARE * count)));
  return Math.min(Math.floor(count / 2), Math.max(wished, DRAWN * cadence));
}

/**
 * Reads the closing of a frame; gives undefined outside the end of a loop, and where frames do not build on each other.
 *
 * The share rises with the square of the way, because what is mixed in stays in the pictures that follow. It is 1 from the last drawn frame
 * on whose block is whole.
 */
export function closingReader(settings: LoopSettings): (frame: number) => ClosingPlan | undefined {
  const length = loopFrames(settings);
  if (length === 0 || drawsSingly(settings)) return () => undefined;
  const { count, stepOf } = drawingOrder(settings);
  const last = wholeBlocks(settings).at(-1) || count - 1;
  return (frame) => {
    const step = stepOf(frame);
    const done = Math.min(length, step - (last - length));
    return done > 0 ? { share: (done / length) ** 2, ahead: count - step } : undefined;
  };
}

/** The drawn frames whose block is whole, in steps: at the end of such a block nothing is seen of the pictures before. */
export function wholeBlocks(settings: LoopSettings): number[] {
  const order = drawingOrder(settings);
  const frames = Array.from({ length: order.count }, (_, frame) => frame);
  const drawn = frames
    .filter(order.isDiffused)
    .map(order.stepOf)
    .toSorted((a, b) => a - b);
  return endsWhole(order, settings.cadence) ? drawn : drawn.slice(0, -1);
}

function endsWhole({ count, newerShareAt }: DrawingOrder, cadence: number): boolean {
  return (newerShareAt(count - 1) ?? (((count - 1) % cadence) + 1) / cadence) === 1;
}
