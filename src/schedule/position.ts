/** Where a key stands: a frame, a formula of the last frame and the seed, seconds, or beats. */

import { ScheduleError } from "../errors.ts";
import { excerpt } from "../printable.ts";
import { parseFormula } from "./formula.ts";
import { unwrap, within, type LocatedText, type Place } from "./located-text.ts";

/** What a schedule needs to know of the animation it is evaluated for. */
export interface ScheduleContext {
  /** Number of frames, ≥ 1; `max_f` in formulas is the last frame, frames − 1. */
  readonly frames: number;
  /** Seed of the run, `s` in formulas. */
  readonly seed: number;
  /** Frames per second, for keys in seconds (`2s`) and beats. */
  readonly fps: number;
  /** Beats per minute, for keys in beats (`4b`). */
  readonly bpm?: number;
}

/** The whole frame of a key, which may lie outside the animation. Throws ScheduleError when the context gives it none. */
export type Position = (context: ScheduleContext) => number;

const WHOLE = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(?:\d+\.\d*|\.\d+)$/;
const DURATION = /^(\d+(?:\.\d+)?|\.\d+)([sb])$/;

/**
 * Reads the place of a key: `30`, `max_f-1`, `"s%7"`, `2s`, `1.5s`, `4b`. Formulas are cut to whole frames towards zero, as in Deforum;
 * seconds and beats go to the nearest frame, so that 1.1 s at 30 frames per second is frame 33 although 1.1 · 30 is a little more.
 *
 * @param at the place in the schedule's text, or the key of a mapping
 * @param key the key of the mapping; its mistakes, also those found later, are reported under it, others by their offset
 * @throws ScheduleError
 */
export function parsePosition(at: LocatedText, key?: string): Position {
  const inner = unwrap(at);
  const place: Place = { offset: key === undefined ? inner.offset : undefined, key };
  const position = within(place, () => readPosition(inner.text));
  return (context) => within(place, () => position(context));
}

function readPosition(text: string): Position {
  if (WHOLE.test(text)) {
    const frame = wholeFrame(Number(text), text);
    return () => frame;
  }
  if (DECIMAL.test(text)) {
    throw new ScheduleError(`expected a whole frame, found ${excerpt(text)}`, {
      offset: 0,
      hint: "write a frame such as 30, or seconds such as 2.5s",
    });
  }
  const duration = DURATION.exec(text);
  if (duration !== null) return inTime(text, Number(duration[1]), duration[2] === "s");

  const formula = parseFormula(text, ["s", "max_f", "fps", "beat"]);
  return ({ frames, seed, fps, bpm }) => {
    const [value] = formula.evaluate({ t: new Float64Array(1), s: seed, max_f: frames - 1, fps, bpm });
    return wholeFrame(Math.trunc(value!), text);
  };
}

function inTime(text: string, amount: number, isSeconds: boolean): Position {
  return ({ fps, bpm }) => {
    if (isSeconds) return wholeFrame(Math.round(amount * fps), text);
    if (bpm === undefined) {
      throw new ScheduleError(`expected bpm for a key in beats, found ${excerpt(text)} and no bpm`, {
        offset: 0,
        hint: "set bpm to the beats per minute of the music, or write the key in frames or seconds",
      });
    }
    return wholeFrame(Math.round((amount * 60 * fps) / bpm), text);
  };
}

/** Refuses what is no number and what is too large to be counted. */
function wholeFrame(frame: number, text: string): number {
  if (Number.isSafeInteger(frame)) return frame + 0;
  throw new ScheduleError(`expected a frame, found ${frame} as the value of ${excerpt(text)}`, {
    offset: 0,
    hint: "give the key a place such as 30 or max_f/2",
  });
}
