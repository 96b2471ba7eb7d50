/** Texts that change over the frames of an animation: sampler names, prompts, masks. */

import { ScheduleError } from "../errors.ts";
import { keyParts } from "./keyframes.ts";
import { locate, splitKeys, unwrap, type LocatedText, type Place } from "./located-text.ts";
import { parsePosition, type Position, type ScheduleContext } from "./position.ts";

/** What a user writes for a text that changes over time: one text, Deforum's `0: ("Euler a"), 30: ("DDIM")`, or a mapping of frame → text. */
export type TextScheduleSource = string | Readonly<Record<string, string>>;

/** A text at its frame. */
export interface ResolvedText {
  /** The place as written: `30`, `max_f/2`, `2s`, `4b`. */
  readonly at: string;
  /** Whole frame, 0 … frames − 1. */
  readonly frame: number;
  readonly text: string;
}

/** A text per frame: the latest key at or before a frame holds; the first also before it. */
export interface TextSchedule {
  /** As written, in the order written. `offset` counts in the schedule's text; undefined in a mapping. */
  readonly keys: readonly {
    readonly at: string;
    readonly text: string;
    readonly offset: number | undefined;
  }[];
  /** The keys that count, one per frame, ascending; the first is moved to frame 0 when none is there. Never empty. */
  resolve(context: ScheduleContext): readonly ResolvedText[];
  /** The same with the keys behind the last frame. */
  resolveAll(context: ScheduleContext): readonly ResolvedText[];
  /** One text per frame. */
  evaluate(context: ScheduleContext): readonly string[];
}

interface TextKey {
  readonly at: string;
  readonly text: string;
  readonly offset: number | undefined;
  readonly place: Place;
  readonly position: Position;
}

// A text that happens to contain a colon is not a schedule; one that begins with a place and a colon is.
const BEGINS_WITH_KEY = /^\s*["'(]*(?:[+-]?\d[\w.]*|max_f[^:,]*)["')]*\s*:/;

/**
 * Reads a schedule of texts. In Deforum's notation a text ends at a comma outside brackets and quotes, and loses the brackets and then the
 * quotes around it; in a mapping texts stand for themselves. A string that does not begin with a place and a colon is one text for all frames.
 *
 * @throws ScheduleError with the place of the mistake
 */
export function parseTextSchedule(source: TextScheduleSource): TextSchedule {
  const keys = typeof source === "string" ? readText(source) : readMapping(source);
  return {
    keys: keys.map(({ at, text, offset }) => ({ at, text, offset })),
    resolve: (context) => resolveTexts(keys, context, context.frames),
    resolveAll: (context) => resolveTexts(keys, context, Infinity),
    evaluate(context) {
      const texts = resolveTexts(keys, context, context.frames);
      return texts.flatMap(({ frame, text }, index) => {
        const end = texts[index + 1]?.frame ?? context.frames;
        return Array.from({ length: end - frame }, () => text);
      });
    },
  };
}

function readText(source: string): readonly TextKey[] {
  if (!BEGINS_WITH_KEY.test(source)) {
    const { text } = locate(source);
    return [{ at: "0", text, offset: 0, place: { offset: 0, key: undefined }, position: () => 0 }];
  }
  return splitKeys(source).map((parts) => {
    const { at, value, rest } = keyParts(source, parts);
    if (rest !== undefined) {
      throw new ScheduleError("expected a comma or the end after the text, found a colon", {
        offset: value.offset + value.text.length,
        hint: 'put a text that contains a colon into quotes: 0:("a:b")',
      });
    }
    return textKey(at, unwrap(value).text, { offset: at.offset, key: undefined });
  });
}

function readMapping(source: Readonly<Record<string, string>>): readonly TextKey[] {
  const keys = Object.entries(source).map(([key, text]) =>
    textKey({ text: key, offset: 0 }, text, { offset: undefined, key }),
  );
  if (keys.length > 0) return keys;
  throw new ScheduleError("expected at least one key, found an empty mapping", {
    offset: 0,
    hint: "write { 0: a text }",
  });
}

function textKey(at: LocatedText, text: string, place: Place): TextKey {
  return { at: at.text, text, offset: place.offset, place, position: parsePosition(at, place.key) };
}

/** @param end keys from this frame on do not count */
function resolveTexts(
  keys: readonly TextKey[],
  context: ScheduleContext,
  end: number,
): readonly ResolvedText[] {
  const ascending = keys
    .map(({ at, text, place, position }) => ({
      at,
      text,
      place,
      frame: position(context),
    }))
    .filter(({ frame }) => frame >= 0)
    .toSorted((a, b) => a.frame - b.frame);
  const first = ascending[0];
  if (first === undefined) {
    const { offset, key } = keys[0]!.place;
    throw new ScheduleError("expected a key from frame 0 on, found only earlier ones", {
      ...(offset !== undefined && { offset }),
      ...(key !== undefined && { key }),
      hint: "add a key at 0",
    });
  }
  const byFrame = new Map<number, ResolvedText>([[0, { at: first.at, frame: 0, text: first.text }]]);
  for (const { at, text, frame } of ascending) {
    if (frame < end) byFrame.set(frame, { at, frame, text });
  }
  return [...byFrame.values()];
}
