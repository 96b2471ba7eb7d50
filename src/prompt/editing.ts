/** `[a cat:a dog:0.5]`, `[cow|horse]`: words that change while a picture is made, from step to step. */

import { ScheduleError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

/**
 * The text of a prompt at a step.
 * @param step from 1
 * @param steps of the whole walk
 */
export type EditedPrompt = (step: number, steps: number) => string;

type Text = readonly Piece[];
type Piece = string | Switch | Turn;

/** `[before:after:when]`, `[after:when]`, `[before::when]`. */
interface Switch {
  readonly before: Text;
  readonly after: Text;
  /** As written: a whole number is a step, one with a point a share of the steps. */
  readonly when: string;
  readonly depth: number;
}

/** `[a|b|c]`. */
interface Turn {
  readonly options: readonly Text[];
  readonly depth: number;
}

/** A bracket that is not closed yet; the prompt as a whole is the outermost. */
interface Open {
  readonly mark: "(" | "[" | "";
  /** What stands between the separators; the last one is being read. */
  readonly segments: Piece[][];
  readonly separators: string[];
}

const MARKS = /\\[^]?|[()[\]:|]|[^\\()[\]:|]+/g;
const NUMBER = /^\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)\s*$/;

/**
 * Reads the edits of a prompt.
 *
 * - `[a:b:0.5]` is a for the first half of the steps and b after; `[a:b:6]` up to step 6; `[b:6]` is nothing before, `[a::6]` nothing after.
 * - `[a|b|c]` takes turns, step by step.
 *
 * They nest. A backslash makes a bracket plain text. Brackets that are neither, such as the emphasis `(a:1.2)` and `[a]`, stay as they are.
 * Source: stable-diffusion-webui 1.10 (behavior).
 *
 * @throws ScheduleError for a prompt that is too long, and for edits in edits in … beyond 32
 */
export function readEditing(prompt: string): EditedPrompt {
  if (prompt.length > LIMITS.prompt.characters) {
    throw new ScheduleError(
      `expected a prompt of at most ${LIMITS.prompt.characters} characters, found ${prompt.length}`,
      { hint: "networks read a few hundred words at most; shorten the prompt" },
    );
  }
  const open: Open[] = [{ mark: "", segments: [[]], separators: [] }];
  const last = (): Open => open.at(-1)!;
  for (const [mark] of prompt.matchAll(MARKS)) {
    const { mark: opened, segments, separators } = last();
    if (mark === "(" || mark === "[") open.push({ mark, segments: [[]], separators: [] });
    else if ((mark === ":" || mark === "|") && opened !== "") {
      separators.push(mark);
      segments.push([]);
    } else if ((mark === ")" && opened === "(") || (mark === "]" && opened === "[")) {
      const closed = open.pop()!;
      append(last(), readEdit(closed) ?? [opened, ...joined(closed), mark]);
    } else append(last(), [mark]);
  }
  while (open.length > 1) {
    const unclosed = open.pop()!;
    append(last(), [unclosed.mark, ...joined(unclosed)]);
  }
  const text = open[0]!.segments[0]!;
  return (step, steps) => textAt(text, step, steps);
}

function readEdit({ mark, segments, separators }: Open): Text | undefined {
  if (mark !== "[" || separators.length === 0) return undefined;
  const depth =
    1 + Math.max(...segments.flat().map((piece) => (typeof piece === "string" ? 0 : piece.depth)), 0);
  if (depth > LIMITS.prompt.editDepth) {
    throw new ScheduleError(
      `expected at most ${LIMITS.prompt.editDepth} prompt edits inside each other, found more`,
      {
        hint: "write \\[ for a bracket that is text",
      },
    );
  }
  if (separators.every((separator) => separator === "|")) return [{ options: segments, depth }];
  // Runs of text are joined, so a number stands alone.
  const [when, ...more] = segments.at(-1)!;
  const isSwitch = separators.length <= 2 && separators.every((separator) => separator === ":");
  if (!isSwitch || typeof when !== "string" || more.length > 0 || !NUMBER.test(when)) return undefined;
  const [first, second] = segments;
  return separators.length === 1
    ? [{ before: [], after: first!, when, depth }]
    : [{ before: first!, after: second!, when, depth }];
}

/** The segments as they were written. */
function joined({ segments, separators }: Open): Text {
  return segments.flatMap((segment, index) => (index === 0 ? segment : [separators[index - 1]!, ...segment]));
}

/** Adds to what is being read, runs of plain text joined. */
function append({ segments }: Open, pieces: Text): void {
  const segment = segments.at(-1)!;
  for (const piece of pieces) {
    const before = segment.at(-1);
    if (typeof piece === "string" && typeof before === "string") segment[segment.length - 1] = before + piece;
    else segment.push(piece);
  }
}

function textAt(text: Text, step: number, steps: number): string {
  return text
    .map((piece) => {
      if (typeof piece === "string") return piece;
      if ("options" in piece) return textAt(piece.options[(step - 1) % piece.options.length]!, step, steps);
      return textAt(step <= lastStepBefore(piece.when, steps) ? piece.before : piece.after, step, steps);
    })
    .join("");
}

function lastStepBefore(when: string, steps: number): number {
  const value = Number(when);
  return Math.trunc(when.includes(".") ? value * steps : value);
}
