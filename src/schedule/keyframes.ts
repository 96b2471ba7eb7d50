/** A schedule as written → its keys: place, number or formula, easing. */

import { ScheduleError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { linear, parseEasing, type Easing } from "./easing.ts";
import { excerpt } from "../printable.ts";
import { parseFormula, type Formula } from "./formula.ts";
import { locate, splitKeys, within, type LocatedText, type Place } from "./located-text.ts";
import { parsePosition, type Position } from "./position.ts";

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

/** A key that can be evaluated. */
export interface Keyframe {
  readonly key: ScheduleKey;
  readonly place: Place;
  /** Where its value stands, for mistakes that show at some frame. */
  readonly valuePlace: Place;
  readonly position: Position;
  readonly content: number | Formula;
  readonly ease: Easing;
}

/** Text that Deforum's rules drop: `:(2)` in `0:(1):(2)`. */
export interface IgnoredText {
  readonly offset: number;
  readonly text: string;
}

export interface Keyframes {
  /** In the order written, at least one. */
  readonly keyframes: readonly Keyframe[];
  readonly ignored: readonly IgnoredText[];
}

/** Reads the keys of a schedule. Throws ScheduleError. */
export function readKeyframes(source: ScheduleSource): Keyframes {
  if (typeof source === "number") return { keyframes: [constant(source)], ignored: [] };
  if (typeof source === "string") return readText(source);
  return { keyframes: readMapping(source), ignored: [] };
}

function constant(value: number): Keyframe {
  return keyframe({ text: "0", offset: 0 }, value, undefined, { offset: 0, key: undefined });
}

function readText(text: string): Keyframes {
  const pieces = splitKeys(text);
  if (pieces.length === 1 && pieces[0]!.length === 1) {
    const [value] = pieces[0]!;
    return {
      keyframes: [keyframe({ text: "0", offset: 0 }, value!, undefined, { offset: 0, key: undefined })],
      ignored: [],
    };
  }
  const ignored: IgnoredText[] = [];
  const keyframes = pieces.map((parts) => {
    const { at, value, rest } = keyParts(text, parts);
    if (rest !== undefined) ignored.push(rest);
    const { body, easing } = splitEasing(value);
    return keyframe(at, body, easing, { offset: 0, key: undefined });
  });
  return { keyframes, ignored };
}

/**
 * Place and value of one piece of a schedule's text, `30:(15)`. What follows a second colon is dropped, as in Deforum.
 *
 * @throws ScheduleError when the place, the colon or the value is missing
 */
export function keyParts(
  text: string,
  parts: readonly LocatedText[],
): { readonly at: LocatedText; readonly value: LocatedText; readonly rest: LocatedText | undefined } {
  const [at, value, third] = parts;
  if (at === undefined || at.text === "" || value === undefined) {
    const found = at === undefined || at.text === "" ? "nothing" : excerpt(at.text);
    throw new ScheduleError(`expected frame:(value), found ${found}`, {
      offset: at?.offset ?? text.length,
      hint: "write keys as in 0:(1), 30:(2); put a formula with commas into brackets",
    });
  }
  if (value.text === "" || /^[()\s]*$/.test(value.text)) {
    throw new ScheduleError(`expected a value after ${excerpt(`${at.text}:`)}, found nothing`, {
      offset: value.offset,
      hint: "write keys as in 0:(1), 30:(2)",
    });
  }
  const end = parts.at(-1)!;
  const rest = third && {
    offset: third.offset,
    text: text.slice(third.offset, end.offset + end.text.length),
  };
  return { at, value, rest };
}

function readMapping(source: Readonly<Record<string, number | string | KeyframeSource>>): Keyframe[] {
  const { easing: common, ...keys } = source;
  const commonEase = common === undefined ? linear : commonEasing(common);
  const keyframes = Object.entries(keys).map(([key, entry]) => {
    const place = { offset: undefined, key };
    const { value, easing } = typeof entry === "object" ? entry : { value: entry, easing: undefined };
    const at = { text: key, offset: 0 };
    if (typeof value === "number")
      return keyframe(at, value, easing === undefined ? undefined : locate(easing), place, commonEase);
    const split =
      easing === undefined ? splitEasing(locate(value)) : { body: locate(value), easing: locate(easing) };
    return keyframe(at, split.body, split.easing, place, commonEase);
  });
  if (keyframes.length === 0) {
    throw new ScheduleError("expected at least one key, found an empty mapping", {
      offset: 0,
      hint: "write { 0: 1, 30: 2 }",
    });
  }
  return keyframes;
}

/** The easing of all keys that have none of their own: the entry `easing` beside the keys of a mapping. */
function commonEasing(entry: number | string | KeyframeSource): Easing {
  if (typeof entry === "string") return within({ offset: 0, key: "easing" }, () => parseEasing(entry.trim()));
  throw new ScheduleError("expected the name of an easing, found no text", {
    key: "easing",
    hint: "write easing: ease_in_out beside the keys",
  });
}

/** @param place of the texts: of the schedule's text, from which their offsets count, or of the key of the mapping */
function keyframe(
  at: LocatedText,
  value: LocatedText | number,
  easing: LocatedText | undefined,
  place: Place,
  commonEase: Easing = linear,
): Keyframe {
  const inMapping = place.key !== undefined;
  const atPlace: Place = inMapping ? place : { offset: at.offset, key: undefined };
  const position = parsePosition(at, place.key);
  const content = typeof value === "number" ? finite(value, atPlace) : readValue(value, place.key);
  const ease =
    easing === undefined
      ? commonEase
      : within({ offset: easing.offset, key: place.key }, () => parseEasing(easing.text));
  if (easing !== undefined && typeof content !== "number") {
    throw new ScheduleError(`expected no easing after a formula, found ${excerpt(easing.text)}`, {
      offset: easing.offset,
      ...(inMapping && { key: place.key }),
      hint: "a formula has a value on each frame of its own; easings lead from a plain number such as 0.5 to the next key",
    });
  }
  return {
    key: {
      at: at.text,
      text: typeof value === "number" ? String(value) : value.text,
      offset: inMapping ? undefined : at.offset,
      kind: typeof content === "number" ? "number" : "formula",
      value: typeof content === "number" ? content : undefined,
      usesTime: typeof content !== "number" && content.usesTime,
      easing: easing?.text,
    },
    place: atPlace,
    valuePlace: { offset: typeof value === "number" ? 0 : value.offset, key: place.key },
    position,
    content,
    ease,
  };
}

function finite(value: number, { offset, key }: Place): number {
  if (Number.isFinite(value)) return value;
  throw new ScheduleError(`expected a finite number, found ${value}`, {
    ...(offset !== undefined && { offset }),
    ...(key !== undefined && { key }),
    hint: "write a number such as 0.5",
  });
}

function readValue(value: LocatedText, key: string | undefined): number | Formula {
  return within({ offset: value.offset, key }, () => {
    if (value.text === "")
      throw new ScheduleError("expected a value, found nothing", {
        offset: 0,
        hint: "write a number or a formula",
      });
    return plainNumber(value.text) ?? parseFormula(value.text);
  });
}

/**
 * The number of a number key, or undefined for a formula. Deforum's rule: after removal of quotes and brackets only a sign and digits with an
 * optional decimal part are left, so that 5, (5), "5", -(5) and .5 are numbers and ramp, but 1e-3, 5. and ( 5 ) are formulas and hold.
 * Unlike there the digits must stand together: `2(3)` is a mistake, not 23.
 */
function plainNumber(text: string): number | undefined {
  if (text.length > LIMITS.schedule.formulaCharacters) return undefined;
  const opened = text.replace(/^["'(]*/, "");
  const sign = /^[+-]/.exec(opened)?.[0] ?? "";
  const digits = /^(?:\d+(?:\.\d+)?|\.\d+)(?=["')]*$)/.exec(
    opened.slice(sign.length).replace(/^["'(]*/, ""),
  )?.[0];
  if (digits === undefined) return undefined;
  return (sign === "-" ? -Number(digits) : Number(digits)) + 0;
}

/** Splits `(15) ease_in_out` into value and easing. An easing is a name after a number or bracket: no formula has one there. */
function splitEasing(value: LocatedText): {
  readonly body: LocatedText;
  readonly easing: LocatedText | undefined;
} {
  const { text, offset } = value;
  const start = easingStart(text);
  const body = locate(text, 0, start);
  if (start === undefined || !/[\d.)"']$/.test(body.text.slice(-1)))
    return { body: value, easing: undefined };
  return { body: { text: body.text, offset }, easing: { text: text.slice(start), offset: offset + start } };
}

/** Where a name, or a name with brackets, at the end of the text begins; undefined if the text ends otherwise. */
function easingStart(text: string): number | undefined {
  let start = text.length;
  if (text.endsWith(")")) {
    start = text.lastIndexOf("(");
    while (start > 0 && text.charAt(start - 1) === " ") start--;
  }
  const nameEnd = start;
  while (start > 0 && /\w/.test(text.charAt(start - 1))) start--;
  if (start === 0 || start === nameEnd || !/[A-Za-z_]/.test(text.charAt(start))) return undefined;
  return /[\s)]/.test(text.charAt(start - 1)) ? start : undefined;
}
