/** Which frames the model draws where keys of prompts have a say in it. */

import { LIMITS } from "../limits.ts";
import type { Settings } from "../settings/schema.ts";
import { parseTextSchedule } from "./schedule.ts";
import { scheduleContext } from "./schedule-context.ts";

export type DistributionSettings = Pick<
  Settings,
  "keyframe_distribution" | "cadence" | "frames" | "prompts" | "fps" | "seed" | "bpm"
>;

export interface DrawnFrames {
  /** Ascending, from 0; at least one. */
  readonly drawn: readonly number[];
  /** Where the last block would end if the animation went on. */
  readonly end: number;
  /** Of the animation. */
  readonly frames: number;
}

/** Whether prompts decide which frames are drawn; with cadence 1 all are, unless the prompts' keys alone are. */
export function distributes({
  keyframe_distribution: distribution,
  cadence,
}: Pick<Settings, "keyframe_distribution" | "cadence">): boolean {
  return distribution === "keyframes_only" || (distribution !== "off" && cadence > 1);
}

/** Whether there are frames between drawn ones. */
export function hasTweens(settings: Pick<Settings, "keyframe_distribution" | "cadence">): boolean {
  return settings.cadence > 1 || distributes(settings);
}

/**
 * Frames by `keyframe_distribution`, the first always among them:
 *
 * - `keyframes_only`: those at which a prompt has its key
 * - `additive`: those and every `cadence`-th
 * - `redistributed`: every `cadence`-th, of which the nearest to each key gives way to it
 *
 * Keys behind the last frame shape the last block, so that the frames of a shorter run are the first of a longer one. Source: key-frame
 * distribution of the Forge fork of Deforum (behavior); it also draws the last frame, for the sake of those before it, and spreads the
 * cadence evenly up to there.
 */
export function distributedFrames(settings: DistributionSettings): DrawnFrames {
  const { keyframe_distribution: distribution, cadence, frames } = settings;
  const keys = parseTextSchedule(settings.prompts)
    .resolveAll(scheduleContext(settings))
    .map(({ frame }) => frame)
    .filter((frame) => frame < LIMITS.settings.frames);
  const last = Math.max(frames, ...keys.slice(-1));
  const even = Array.from({ length: Math.ceil(last / cadence) + 1 }, (_, block) => block * cadence);
  const all = {
    off: () => even,
    keyframes_only: () => keys,
    additive: () => [...new Set([...even, ...keys])].toSorted((a, b) => a - b),
    redistributed: () => moveToKeys(even, keys),
  }[distribution]();
  return {
    drawn: all.filter((frame) => frame < frames),
    end: all.find((frame) => frame >= frames) ?? frames,
    frames,
  };
}

/** Each key takes the place of the nearest frame that is no key itself and still there. The first stays. */
function moveToKeys(even: readonly number[], keys: readonly number[]): number[] {
  const free = new Set(even.slice(1));
  for (const key of keys) free.delete(key);
  const isEven = new Set(even);
  for (const key of keys) if (!isEven.has(key)) free.delete(nearestOf(even, free, key));
  return [...new Set([0, ...free, ...keys])].toSorted((a, b) => a - b);
}

/** The nearest of the frames that are free, of two as near the earlier one; NaN when none is. Looks outward from the key. */
function nearestOf(even: readonly number[], free: ReadonlySet<number>, key: number): number {
  let above = even.findIndex((frame) => frame > key);
  let below = above - 1;
  while (below > 0 || above < even.length) {
    const isBelow = below > 0 && (above >= even.length || key - even[below]! <= even[above]! - key);
    const frame = even[isBelow ? below-- : above++]!;
    if (free.has(frame)) return frame;
  }
  return Number.NaN;
}
