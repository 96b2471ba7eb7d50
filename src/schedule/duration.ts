/** Durations as users write them, `12`, `1.5s`, `2b`, in frames. */

import { ScheduleError } from "../errors.ts";
import type { ScheduleContext } from "./schedule.ts";

/**
 * @param duration frames, or seconds (`1.5s`), or beats (`2b`)
 * @returns whole frames, rounded
 * @throws ScheduleError for beats without bpm, or a text that is no duration
 */
export function durationInFrames(
  duration: number | string,
  { fps, bpm }: Pick<ScheduleContext, "fps" | "bpm">,
): number {
  if (typeof duration === "number") return Math.round(duration);
  const match = /^(\d+(?:\.\d+)?)([sb])$/.exec(duration);
  if (match === null) {
    throw new ScheduleError(
      `expected a number of frames, or a time such as 1.5s or 2b, found ${JSON.stringify(duration)}`,
    );
  }
  const count = Number(match[1]);
  if (match[2] === "s") return Math.round(count * fps);
  if (bpm === undefined) {
    throw new ScheduleError(`expected bpm to be set for a time in beats, found ${duration}`, {
      hint: "set bpm, the beats per minute of the music",
    });
  }
  return Math.round((count * 60 * fps) / bpm);
}
