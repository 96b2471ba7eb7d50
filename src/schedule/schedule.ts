/** Schedules: numbers that change over the frames of an animation, written as Deforum writes them or as a YAML mapping. */

import { ScheduleError } from "../errors.ts";
import { linear, type Easing } from "./easing.ts";
import { within } from "./located-text.ts";
import { excerpt } from "../printable.ts";
import {
  readKeyframes,
  type IgnoredText,
  type Keyframe,
  type ScheduleKey,
  type ScheduleSource,
} from "./keyframes.ts";
import type { ScheduleContext } from "./position.ts";

export type { IgnoredText, KeyframeSource, ScheduleKey, ScheduleSource } from "./keyframes.ts";
export type { ScheduleContext } from "./position.ts";
export {
  parseTextSchedule,
  type ResolvedText,
  type TextSchedule,
  type TextScheduleSource,
} from "./text-schedule.ts";

/** A key at its frame. */
export interface ResolvedKey {
  readonly key: ScheduleKey;
  /** Whole frame; may lie before the start or past the end. */
  readonly frame: number;
  /** Keys outside 0 … frames − 1 are ignored, and of keys at one frame the last one written counts. */
  readonly state: KeyState;
}

export type KeyState = "used" | "before start" | "beyond end" | "overwritten";

/** A number per frame. */
export interface Schedule {
  /** As written, in the order written. A constant or a bare formula is one key at `0`. */
  readonly keys: readonly ScheduleKey[];
  readonly ignored: readonly IgnoredText[];
  /** The keys in the order written, at their frames. Throws ScheduleError for a beat without bpm, or a place that is no frame. */
  resolve(context: ScheduleContext): readonly ResolvedKey[];
  /** One finite or infinite value per frame, never NaN. Throws ScheduleError when no frame has a value, and as {@link resolve}. */
  evaluate(context: ScheduleContext): Float64Array;
}

/**
 * Reads a schedule of numbers.
 *
 * Values per frame are Deforum's (behaviour): a number stands on its own frame and leads in a line to the next key; a formula is evaluated on
 * every frame up to the next key; frames where that gives no number are bridged by a line; before the first and after the last value the
 * nearest holds. Beyond Deforum: easings, keys in seconds and beats, commas inside calls, no key at frame 0 needed, a bare formula or number.
 *
 * @throws ScheduleError with the place of the mistake
 */
export function parseSchedule(source: ScheduleSource): Schedule {
  const { keyframes, ignored } = readKeyframes(source);
  return {
    keys: keyframes.map(({ key }) => key),
    ignored,
    resolve: (context) =>
      resolveKeys(keyframes, context).map(({ keyframe, frame, state }) => ({
        key: keyframe.key,
        frame,
        state,
      })),
    evaluate: (context) => evaluateKeys(keyframes, context),
  };
}

interface PlacedKeyframe {
  readonly keyframe: Keyframe;
  readonly frame: number;
  readonly state: KeyState;
}

function resolveKeys(keyframes: readonly Keyframe[], context: ScheduleContext): readonly PlacedKeyframe[] {
  const placed = keyframes.map((keyframe) => ({
    keyframe,
    frame: keyframe.position(context),
  }));
  const latest = new Map(placed.map(({ keyframe, frame }) => [frame, keyframe]));
  return placed.map(({ keyframe, frame }) => ({
    keyframe,
    frame,
    state: stateOf(frame, latest.get(frame) === keyframe, context),
  }));
}

function stateOf(frame: number, isLatest: boolean, { frames }: ScheduleContext): KeyState {
  if (frame < 0) return "before start";
  if (frame >= frames) return "beyond end";
  return isLatest ? "used" : "overwritten";
}

function evaluateKeys(keyframes: readonly Keyframe[], context: ScheduleContext): Float64Array {
  const placed = resolveKeys(keyframes, context).toSorted((a, b) => a.frame - b.frame);
  const used = placed.filter(({ state }) => state === "used");
  if (used.length === 0) return new Float64Array(context.frames).fill(valueBeyondEnd(placed, context));

  const values = new Float64Array(context.frames).fill(Number.NaN);
  const easings = new Map<number, Easing>();
  for (const [index, { keyframe, frame }] of used.entries()) {
    const { content, ease } = keyframe;
    if (typeof content === "number") {
      values[frame] = content;
      easings.set(frame, ease);
    } else {
      const end = used[index + 1]?.frame ?? context.frames;
      values.set(evaluateFormula(keyframe, frame, end, context, lastValue(values, frame)), frame);
    }
  }
  if (!fillGaps(values, easings)) throw noValue(used[0]!.keyframe);
  return values;
}

/** The value of the first key when the animation ends before it. */
function valueBeyondEnd(ascending: readonly PlacedKeyframe[], context: ScheduleContext): number {
  const first = ascending.find(({ state }) => state === "beyond end");
  if (first === undefined) {
    const { keyframe, frame } = ascending.at(-1)!;
    throw locatedError(
      keyframe,
      `expected a key from frame 0 on, found the last one at frame ${frame}`,
      "add a key at 0",
    );
  }
  const { keyframe, frame } = first;
  if (typeof keyframe.content === "number") return keyframe.content;
  const [value] = evaluateFormula(keyframe, frame, frame + 1, context);
  if (Number.isNaN(value)) throw noValue(keyframe);
  return value!;
}

/** What `prev` is at a key: the last value that is known before it, that of the key before; 0 at the first. */
function lastValue(values: Float64Array, before: number): number {
  for (let frame = before - 1; frame >= 0; frame--) if (!Number.isNaN(values[frame])) return values[frame]!;
  return 0;
}

/** Frames `start` … `end` − 1 of a formula key; NaN where it has no value. */
function evaluateFormula(
  { content, valuePlace }: Keyframe,
  start: number,
  end: number,
  { seed, frames, fps, bpm }: ScheduleContext,
  prev = 0,
): Float64Array {
  if (typeof content === "number") return new Float64Array(end - start).fill(content);
  const t = Float64Array.from({ length: end - start }, (_, index) => start + index);
  return within(valuePlace, () => content.evaluate({ t, s: seed, max_f: frames - 1, fps, bpm, prev }));
}

/** Bridges NaN between values, and holds the outer ones. False if there is no value at all. */
function fillGaps(values: Float64Array, easings: ReadonlyMap<number, Easing>): boolean {
  const first = values.findIndex((value) => !Number.isNaN(value));
  if (first < 0) return false;
  values.fill(values[first]!, 0, first);
  let left = first;
  for (let right = first + 1; right < values.length; right++) {
    if (Number.isNaN(values[right])) continue;
    if (right > left + 1) bridge(values, left, right, easings.get(left) ?? linear);
    left = right;
  }
  values.fill(values[left]!, left + 1);
  return true;
}

function bridge(values: Float64Array, left: number, right: number, ease: Easing): void {
  const start = values[left]!;
  const way = values[right]! - start;
  for (let frame = left + 1; frame < right; frame++) {
    const value = start + way * ease((frame - left) / (right - left));
    // Between two infinite values there is no line to follow.
    values[frame] = Number.isNaN(value) ? start : value;
  }
}

const CALLS_WAVE = /\b(?:wave|tri|saw)\s*\(/;

function noValue(keyframe: Keyframe): ScheduleError {
  const { text } = keyframe.key;
  return locatedError(
    keyframe,
    `expected a number on some frame, found none in ${excerpt(text)}`,
    CALLS_WAVE.test(text)
      ? "a wave has a value only with a period above 0, such as wave(30)"
      : "roots and logarithms of negative numbers have no value",
  );
}

function locatedError({ place: { offset, key } }: Keyframe, message: string, hint: string): ScheduleError {
  return new ScheduleError(message, {
    hint,
    ...(offset !== undefined && { offset }),
    ...(key !== undefined && { key }),
  });
}
