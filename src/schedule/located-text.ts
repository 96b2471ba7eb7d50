/** A part of a schedule's text and where it stands, and the cutting of a text into keys. */

import { ScheduleError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { excerpt } from "../printable.ts";

/** A piece of a longer text, without the blanks around it. */
export interface LocatedText {
  readonly text: string;
  /** Character offset of its first character in the longer text. */
  readonly offset: number;
}

/** The place in which a mistake is to be reported: the text of a schedule, or a key of a mapping. */
export interface Place {
  /** Offset of the text that is being read; undefined for the key of a mapping. */
  readonly offset: number | undefined;
  readonly key: string | undefined;
}

/** Runs `read`, and moves the place of its ScheduleError from the part that was read to the whole. */
export function within<T>({ offset, key }: Place, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    throw new ScheduleError(error.message, {
      ...(offset !== undefined && { offset: offset + (error.offset ?? 0) }),
      ...(key !== undefined && { key }),
      ...(error.hint !== undefined && { hint: error.hint }),
    });
  }
}

/** The part of `text` from `start` to `end` without blanks around it. */
export function locate(text: string, start = 0, end = text.length): LocatedText {
  const part = text.slice(start, end);
  return { text: part.trim(), offset: start + part.length - part.trimStart().length };
}

/** The text inside the brackets or quotes that enclose it, as often as they do; what stands in quotes is left as it is. */
export function unwrap(wrapped: LocatedText): LocatedText {
  let { text, offset } = wrapped;
  for (let i = 0; i < LIMITS.schedule.wrappings && enclosed(text); i++) {
    if (!text.startsWith("(")) return { text: text.slice(1, -1), offset: offset + 1 };
    const inner = locate(text, 1, text.length - 1);
    text = inner.text;
    offset += inner.offset;
  }
  return { text, offset };
}

/** Whether the bracket or quote that begins the text is closed by the one that ends it. */
function enclosed(text: string): boolean {
  if (text.startsWith('"') || text.startsWith("'"))
    return text.length > 1 && text.indexOf(text.charAt(0), 1) === text.length - 1;
  if (!text.startsWith("(")) return false;
  let closing: number | undefined;
  walk(text, (_, index, depth) => {
    if (depth === 0) closing ??= index;
  });
  return closing === text.length - 1;
}

/**
 * Visits each character outside quotes with the number of brackets open after it.
 *
 * @throws ScheduleError for a bracket or quote without its partner
 */
function walk(text: string, visit: (character: string, index: number, depth: number) => void): void {
  const open: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '"' || character === "'") {
      const closing = text.indexOf(character, index + 1);
      if (closing < 0) throw unclosed(text, index, "quote");
      index = closing;
      continue;
    }
    if (character === "(") open.push(index);
    if (character === ")" && open.pop() === undefined) {
      throw new ScheduleError("expected an opening bracket before it, found `)`", {
        offset: index,
        hint: "remove it, or open a bracket",
      });
    }
    visit(character, index, open.length);
  }
  const last = open.at(-1);
  if (last !== undefined) throw unclosed(text, last, "bracket");
}

function unclosed(text: string, offset: number, what: string): ScheduleError {
  return new ScheduleError(`expected a closing ${what} for ${excerpt(text.slice(offset))}, found the end`, {
    offset,
    hint: what === "quote" ? "close it; put a text that contains ' into double quotes" : "close it with )",
  });
}

/**
 * Cuts a schedule at its commas and each piece at its colons, those in brackets and quotes excepted.
 *
 * @returns the parts of each piece; a comma at the very end begins no piece
 * @throws ScheduleError for a bracket or quote that is not closed, a text of blanks, and one of more than 262,144 characters
 */
export function splitKeys(text: string): readonly (readonly LocatedText[])[] {
  if (text.length > LIMITS.schedule.characters) {
    throw new ScheduleError(
      `expected at most ${LIMITS.schedule.characters} characters, found ${text.length}`,
      {
        offset: LIMITS.schedule.characters,
        hint: "write a formula instead of one key per frame",
      },
    );
  }
  if (text.trim() === "") {
    throw new ScheduleError("expected a schedule, found nothing", {
      offset: 0,
      hint: "write a number, or keys as in 0:(1), 30:(2)",
    });
  }
  const pieces: LocatedText[][] = [[]];
  let start = 0;
  walk(text, (character, index, depth) => {
    if (depth > 0 || (character !== "," && character !== ":")) return;
    pieces.at(-1)!.push(locate(text, start, index));
    if (character === ",") pieces.push([]);
    start = index + 1;
  });
  const last = locate(text, start);
  if (pieces.length > 1 && pieces.at(-1)!.length === 0 && last.text === "") pieces.pop();
  else pieces.at(-1)!.push(last);
  return pieces;
}
