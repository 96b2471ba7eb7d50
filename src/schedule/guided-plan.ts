/** Which picture leads each frame, and how strongly. */

import type { Settings } from "../settings/schema.ts";
import { drawingOrder } from "./drawing-order.ts";
import type { GuidedPlan } from "./frame-plan.ts";
import { parseTextSchedule, type ScheduleContext } from "./schedule.ts";

/** A picture and the frame from which on it leads. */
export interface GuidingPicture {
  readonly frame: number;
  /** As in the settings. */
  readonly path: string;
  /** The key as written. */
  readonly at: string;
}

/**
 * The pictures in the order of their frames; those behind the last frame still shape the way to them. Empty for animations without.
 *
 * @throws ScheduleError for a key that cannot be read
 */
export function guidingPictures(
  { images }: Settings["guided"],
  context: ScheduleContext,
): readonly GuidingPicture[] {
  if (images === null) return [];
  // A first key after frame 0 comes twice, at 0 and at its place; it leads from the beginning and counts at its place.
  return parseTextSchedule(images)
    .resolveAll(context)
    .filter(({ at }, index, all) => all[index + 1]?.at !== at)
    .map(({ frame, at, text }) => ({ frame, at, path: text }));
}

/** Share of the picture while it rests. */
const RESTING = 0.07;
/** Distance of two pictures that counts where a frame lies between none. */
const NO_GAP = 25;

/**
 * Reads the plan of a frame; gives undefined for animations without pictures. In a render backward pictures stay with their frames, and the
 * swing of each begins where it is come to, at its last frame.
 */
export function guidedReader(
  settings: Settings,
  context: ScheduleContext,
  read: (path: string) => Float64Array,
): (frame: number) => GuidedPlan | undefined {
  const keys = guidingPictures(settings.guided, context);
  if (keys.length === 0) return () => undefined;
  const frames = keys.map(({ frame }) => frame);
  const { count } = drawingOrder(settings);
  const most = read("guided.blend_factor_max");
  const slope = read("guided.blend_factor_slope");
  const tweening = read("guided.tweening_frames");
  const color = read("guided.color_correction");
  return (frame) => {
    const picture = leadingAt(keys, frame);
    const shape = { most: most[frame]!, slope: slope[frame]!, tweening: tweening[frame]! };
    const lastFrame = Math.min(count, frames[picture + 1] ?? count) - 1;
    return {
      picture,
      blend: settings.reverse ? blendSince(lastFrame - frame, shape) : blendAt(frame, frames, shape),
      color_correction: color[frame]!,
    };
  };
}

/** Which picture leads a frame: the last one whose frame has come, the first one also before its own. */
export function leadingAt(keys: readonly GuidingPicture[], frame: number): number {
  return keys.filter((key, index) => index > 0 && key.frame <= frame).length;
}

interface SwingShape {
  readonly most: number;
  readonly slope: number;
  readonly tweening: number;
}

function swing(frame: number, { most, slope, tweening }: SwingShape): number {
  return most - slope * Math.cos((frame % tweening) / (tweening / 2));
}

/** The swing of a picture that leads since so many frames, once. */
function blendSince(since: number, shape: SwingShape): number {
  return since > shape.tweening ? RESTING : swing(since, shape);
}

/**
 * With f modulo the distance of the pictures around it up to `tweening`: most − slope · cos((f mod tweening) / (tweening / 2)), else 0.07.
 * Source: Deforum (behavior).
 */
function blendAt(frame: number, keys: readonly number[], shape: SwingShape): number {
  const pair = keys.findLastIndex((key, index) => index > 0 && keys[index - 1]! <= frame && frame <= key);
  const gap = pair < 0 ? NO_GAP : keys[pair]! - keys[pair - 1]!;
  return frame % gap > shape.tweening ? RESTING : swing(frame, shape);
}
