/** Warnings about one schedule: legal, but probably not what was meant. */

import type { ScheduledSetting } from "../settings/setting-list.ts";
import type { ResolvedKey, Schedule, ScheduleKey } from "./schedule.ts";

/** A schedule with its keys at their frames and its values. */
export interface LintedCurve {
  readonly setting: ScheduledSetting;
  readonly schedule: Schedule;
  readonly keys: readonly ResolvedKey[];
  /** One per frame. */
  readonly values: Float64Array;
}

export interface CurveWarning {
  /** The key it is about; undefined for the schedule as a whole. */
  readonly key?: ScheduleKey;
  /** Character in the schedule's text, when it is about no key. */
  readonly offset?: number;
  readonly message: string;
  readonly hint: string;
}

/** All warnings about a curve. */
export function lintCurve(curve: LintedCurve): CurveWarning[] {
  return [
    ...unusedKeys(curve),
    ...ignoredText(curve),
    ...numbersThatHold(curve),
    ...deadFormulas(curve),
    ...spikes(curve),
  ];
}

/** Keys outside the animation are ignored as a whole: they do not even set a slope. */
function unusedKeys({ keys, values }: LintedCurve): CurveWarning[] {
  const lastFrame = values.length - 1;
  const beyond = keys.filter(({ state }) => state === "beyond end");
  const beyondWarnings = beyond.slice(0, 1).map(({ key }) => ({
    key,
    message: `${describeKeys(beyond)} beyond the last frame, ${lastFrame}, so the value stays ${round(values[lastFrame]!)} to the end`,
    hint: `render ${Math.max(...beyond.map(({ frame }) => frame)) + 1} frames to use all keys, or put the last key at max_f`,
  }));
  const before = keys.filter(({ state }) => state === "before start");
  const beforeWarnings = before.slice(0, 1).map(({ key }) => ({
    key,
    message: `${describeKeys(before)} before frame 0 and without effect`,
    hint: "move the key to frame 0 or remove it",
  }));
  const overwritten = keys
    .filter(({ state }) => state === "overwritten")
    .map(({ key, frame }) => ({
      key,
      message: `a later key at frame ${frame} replaces the value ${key.text}`,
      hint: "remove one of the two",
    }));
  return [...beyondWarnings, ...beforeWarnings, ...overwritten];
}

function describeKeys(keys: readonly ResolvedKey[]): string {
  const names = keys.map(({ key }) => key.at).join(", ");
  return keys.length === 1 ? `the key ${names} lies` : `the keys ${names} lie`;
}

function ignoredText({ schedule }: LintedCurve): CurveWarning[] {
  return schedule.ignored.map(({ text, offset }) => ({
    offset,
    message: `${text} is ignored, as in Deforum`,
    hint: "a key is frame:(value); separate keys by commas",
  }));
}

/** `1e-3`, `( 5 )` and `5.` are formulas by Deforum's rule: they hold until the next key where a number would ramp. */
function numbersThatHold({ schedule, keys }: LintedCurve): CurveWarning[] {
  if (schedule.keys.length < 2) return [];
  return keys
    .filter(({ key, state }) => state === "used" && key.kind === "formula" && isNumberInDisguise(key.text))
    .map(({ key }) => {
      const number = Number(stripBrackets(key.text));
      return {
        key,
        message: `${key.text.trim()} is read as a formula, so it holds until the next key instead of ramping to it`,
        hint: `write (${plainNumber(number)}) to ramp, or (${plainNumber(number)}+0) to hold on purpose`,
      };
    });
}

function isNumberInDisguise(text: string): boolean {
  const bare = stripBrackets(text);
  return bare !== "" && Number.isFinite(Number(bare));
}

function stripBrackets(text: string): string {
  return text.replaceAll(/["'()\s]/g, "");
}

/** Without an exponent, which would make a formula of it again. */
function plainNumber(value: number): string {
  return value.toFixed(12).replace(/\.?0+$/, "");
}

/** Share of frames on which a formula may stand still before it is called dead. */
const DEAD_SHARE = 0.75;
/** Values closer than this share of their range count as one. */
const SAME = 1e-3;
/** Fewer frames say nothing about a formula. */
const FEW_FRAMES = 8;

/** What is off for most of the time by intent. */
const SWITCH = /\bpulse\s*\(/;

/** Formulas of t that are the same on all frames, or on nearly all, such as `cos(t)**100`; a pulse may rest as long as it likes. */
function deadFormulas({ keys, values }: LintedCurve): CurveWarning[] {
  return usedKeys(keys).flatMap(({ key, frame }, index, used) => {
    const span = values.subarray(frame, used[index + 1]?.frame ?? values.length);
    if (key.kind !== "formula" || !key.usesTime || span.length < FEW_FRAMES) return [];
    const hint = "look at its curve with animate plan";
    const [low, high] = limits(span);
    if (low === high) {
      return [{ key, message: `the formula depends on t but is ${round(low)} on all of its frames`, hint }];
    }
    const tolerance = (high - low) * SAME;
    const [value, count] = longestStay(span, tolerance);
    if (count < DEAD_SHARE * span.length || SWITCH.test(key.text)) return [];
    const share = Math.round((100 * count) / span.length);
    return [{ key, message: `the formula stays at ${round(value)} on ${share} % of its frames`, hint }];
  });
}

/** The value that most others are near, and their number. */
function longestStay(values: Float64Array, tolerance: number): [value: number, count: number] {
  const sorted = values.toSorted();
  let best = 0;
  let bestCount = 0;
  let start = 0;
  for (let end = 0; end < sorted.length; end++) {
    while (sorted[end]! - sorted[start]! > tolerance) start++;
    if (end - start + 1 > bestCount) {
      bestCount = end - start + 1;
      best = sorted[start + Math.floor(bestCount / 2)]!;
    }
  }
  return [best, bestCount];
}

/** A jump this many times the larger of the usual changes stands out. */
const SPIKE_FACTOR = 20;
/** So much rotation between two frames is no movement any more but a cut. */
const LARGE_TURN_DEGREES = 45;

/** The largest jump between neighbors, if it is far beyond all others. */
function spikes({ setting, keys, values }: LintedCurve): CurveWarning[] {
  if (setting.path === "seed_schedule") return [];
  let largest = 0;
  let frame = 0;
  for (let next = 1; next < values.length; next++) {
    const jump = Math.abs(values[next]! - values[next - 1]!);
    if (jump > largest) [largest, frame] = [jump, next];
  }
  const usual = usualChange(values);
  const isTurn = setting.unit === "degrees per frame" && largest >= LARGE_TURN_DEGREES;
  if (!isTurn && !(usual > 0 && largest > SPIKE_FACTOR * usual)) return [];
  const before = usedKeys(keys).filter((used) => used.frame <= frame);
  const key = before.at(-1)?.key;
  const held = before.at(-1)?.frame === frame ? before.at(-2)?.key : undefined;
  // A constant formula holds and then jumps: that is what it is written for.
  if (!isTurn && held?.kind === "formula" && !held.usesTime) return [];
  const times = usual > 0 ? `, ${round(Math.round(largest / usual))} times its usual change` : "";
  return [
    {
      ...(key !== undefined && { key }),
      message: `jumps from ${round(values[frame - 1]!)} to ${round(values[frame]!)} between frames ${frame - 1} and ${frame}${times}`,
      hint: "a cut may be meant; otherwise give the change more frames",
    },
  ];
}

/** What nine of ten changes stay below; 0 when there are too few changes to call any usual. */
function usualChange(values: Float64Array): number {
  const changes = new Float64Array(Math.max(0, values.length - 1));
  for (let frame = 1; frame < values.length; frame++) {
    changes[frame - 1] = Math.abs(values[frame]! - values[frame - 1]!);
  }
  const moving = changes.filter((change) => change > 0).toSorted();
  return moving.length < FEW_FRAMES ? 0 : moving[Math.floor(moving.length * 0.9)]!;
}

/** The keys that count, in the order of their frames. */
function usedKeys(keys: readonly ResolvedKey[]): ResolvedKey[] {
  return keys.filter(({ state }) => state === "used").toSorted((a, b) => a.frame - b.frame);
}

function limits(values: Float64Array): [low: number, high: number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000 + 0;
}
