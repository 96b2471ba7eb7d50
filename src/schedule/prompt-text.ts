/** One prompt as written: formulas in backticks are worked out per frame, and `--neg` begins its negative part. */

import { ScheduleError } from "../errors.ts";
import { parseFormula, type Formula } from "./formula.ts";
import type { ScheduleContext } from "./schedule.ts";

export interface PromptText {
  readonly positive: string;
  /** What stands behind `--neg`; empty if nothing does. */
  readonly negative: string;
}

/** The texts of a prompt at a frame. Throws ScheduleError when a formula has no finite value there. */
export type PromptAtFrame = (frame: number, context: ScheduleContext) => PromptText;

/**
 * Reads `(apple:`cos(t)`), snow --neg strawberry`.
 *
 * Formulas know t, s and max_f, as schedules do. Several `--neg` are one: all texts behind the first belong to the negative part.
 * White space around the parts is dropped. Source: Deforum (behavior), where formulas with a `t` in a function's name failed.
 *
 * @throws ScheduleError for a formula that cannot be read, with its place in the text
 */
export function readPromptText(text: string): PromptAtFrame {
  const [positive, ...negatives] = splitAtNegative(text).map(({ part, offset }) =>
    readTemplate(part, offset),
  );
  return (frame, context) => ({
    positive: positive!(frame, context).trim(),
    negative: joinTexts(negatives.map((negative) => negative(frame, context))),
  });
}

/** The texts one after the other, without empty ones. */
export function joinTexts(texts: readonly string[]): string {
  return texts
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .join(" ");
}

const NEGATIVE = "--neg";

function splitAtNegative(text: string): { part: string; offset: number }[] {
  let offset = 0;
  return text.split(NEGATIVE).map((part) => {
    const located = { part, offset };
    offset += part.length + NEGATIVE.length;
    return located;
  });
}

/** Odd pieces between backticks are formulas; a backtick without a partner is text. */
function readTemplate(text: string, offset: number): (frame: number, context: ScheduleContext) => string {
  const pieces = text.split("`");
  const hasLooseEnd = pieces.length % 2 === 0;
  if (hasLooseEnd) pieces.push(`\`${pieces.splice(-1)[0]}`);
  if (hasLooseEnd) pieces.splice(-2, 2, pieces.at(-2)! + pieces.at(-1)!);
  let start = offset;
  const readers = pieces.map((piece, index) => {
    const at = start;
    start += piece.length + 1;
    if (index % 2 === 0) return () => piece;
    const formula = readFormula(piece, at);
    return (frame: number, context: ScheduleContext) => valueText(formula, piece, at, frame, context);
  });
  return (frame, context) => readers.map((reader) => reader(frame, context)).join("");
}

function readFormula(text: string, offset: number): Formula {
  try {
    return parseFormula(text, ["t", "s", "max_f", "fps", "beat"]);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    const { message, hint } = error;
    const place = { offset: offset + (error.offset ?? 0) };
    throw new ScheduleError(message, hint === undefined ? place : { ...place, hint });
  }
}

function valueText(
  formula: Formula,
  text: string,
  offset: number,
  frame: number,
  { frames, seed, fps, bpm }: ScheduleContext,
): string {
  const [value] = formula.evaluate({ t: Float64Array.of(frame), s: seed, max_f: frames - 1, fps, bpm });
  if (value === undefined || !Number.isFinite(value)) {
    throw new ScheduleError(
      `expected a number in the prompt, found ${value} as the value of \`${text}\` at frame ${frame}`,
      {
        offset,
        hint: "keep the formula from dividing by zero and from roots and logarithms of negative numbers",
      },
    );
  }
  return String(value + 0);
}
