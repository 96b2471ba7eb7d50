/** Schedules: numbers (and texts) that change over the frames of an animation, written as Deforum writes them or as a YAML mapping. */

/** One key of a mapping with its easing: `30: { value: 15, easing: ease_in_out }`. */
export interface KeyframeSource {
  readonly value: number | string;
  /** How the value travels from this key to the next; see easing.ts. Default `linear`. */
  readonly easing?: string;
}

/**
 * What a user writes for a number that changes over time: a constant, Deforum's `"0:(0), 30:(15)"`, a bare formula `"1+sin(t)"`, or a
 * mapping of frame → number, formula, or value with easing.
 */
export type ScheduleSource = number | string | Readonly<Record<string, number | string | KeyframeSource>>;

/** What a user writes for a text that changes over time: one text, Deforum's `0: ("Euler a"), 30: ("DDIM")`, or a mapping of frame → text. */
export type TextScheduleSource = string | Readonly<Record<string, string>>;

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

/** One key as written. */
export interface ScheduleKey {
  /** The place as written: `30`, `max_f-1`, `2s`, `4b`. */
  readonly at: string;
  /** The value as written, without its easing. */
  readonly text: string;
  /** Character offset of the key in the schedule's text; undefined in a mapping, where `at` is the mapping's key. */
  readonly offset: number | undefined;
  /** A number ramps to the next key; a formula is evaluated on each frame up to the next key. */
  readonly kind: "number" | "formula";
  /** The number of a number key. */
  readonly value: number | undefined;
  /** Whether the formula depends on the frame; one that does not holds a constant and then jumps. */
  readonly usesTime: boolean;
  /** Easing from this key to the next as written; undefined means linear. Formula keys have none. */
  readonly easing: string | undefined;
}

/** A key at its frame. */
export interface ResolvedKey {
  readonly key: ScheduleKey;
  /** Whole frame; may lie before the start or past the end. */
  readonly frame: number;
  /** Keys outside 0 … frames − 1 are ignored, and of keys at one frame the last one written counts. */
  readonly state: "used" | "before start" | "beyond end" | "overwritten";
}

/** Text that Deforum's rules drop: `:(2)` in `0:(1):(2)`. */
export interface IgnoredText {
  readonly offset: number;
  readonly text: string;
}

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

/** A text at its frame. */
export interface ResolvedText {
  readonly at: string;
  /** Whole frame, 0 … frames − 1. */
  readonly frame: number;
  readonly text: string;
}

/** A text per frame: the latest key at or before a frame holds; the first also before it. */
export interface TextSchedule {
  readonly keys: readonly {
    readonly at: string;
    readonly text: string;
    readonly offset: number | undefined;
  }[];
  /** The keys that count, one per frame, ascending; the first is moved to frame 0 when none is there. Never empty. */
  resolve(context: ScheduleContext): readonly ResolvedText[];
  /** One text per frame. */
  evaluate(context: ScheduleContext): readonly string[];
}

/** Reads a schedule of numbers. Throws ScheduleError. */
export declare function parseSchedule(source: ScheduleSource): Schedule;

/** Reads a schedule of texts. Throws ScheduleError. */
export declare function parseTextSchedule(source: TextScheduleSource): TextSchedule;
