/** Whether Deforum reads a schedule of ours as we do, and how it is written there. */

import { tokenizeFormula } from "../schedule/formula-tokens.ts";
import { parseSchedule, type ScheduleContext, type ScheduleKey } from "../schedule/schedule.ts";
import type { ScheduleValue } from "../settings/fields.ts";
import { decimal } from "./compact-schedule.ts";

/** Names that its formulas know: those of numexpr 2.8.8 that work on single numbers. */
const NAMES: ReadonlySet<string> = new Set([
  "t",
  "s",
  "max_f",
  "sin",
  "cos",
  "tan",
  "arcsin",
  "arccos",
  "arctan",
  "sinh",
  "cosh",
  "tanh",
  "arcsinh",
  "arccosh",
  "arctanh",
  "exp",
  "expm1",
  "log",
  "log10",
  "log1p",
  "sqrt",
  "abs",
  "floor",
  "ceil",
]);

const PLACE_NAMES: ReadonlySet<string> = new Set(["max_f", "s"]);

/** The schedule in Deforum's notation, the text itself where it is that already; undefined when Deforum would read it otherwise. */
export function deforumSchedule(source: ScheduleValue, context: ScheduleContext): string | undefined {
  const schedule = parseSchedule(source);
  const { keys } = schedule;
  const hasStart = schedule.resolve(context).some(({ frame }) => frame === 0);
  if (!hasStart || !keys.every(isDeforums)) return undefined;
  const isKeyed =
    typeof source === "string" && keys.every(({ offset }) => offset !== undefined) && /:/.test(source);
  if (isKeyed) return /,\s*$/.test(source) ? undefined : source;
  return keys
    .map(({ at, kind, value, text }) => `${at}: (${kind === "number" ? decimal(value!) : text})`)
    .join(", ");
}

/** Frames and formulas of the last one; seconds and beats are ours. */
function isDeforums({ at, text, easing }: ScheduleKey): boolean {
  const isFrame =
    !/\d[a-z]/i.test(at) && (at.match(/[a-z_]+/gi) ?? []).every((name) => PLACE_NAMES.has(name));
  return easing === undefined && isFrame && hasDeforumsNames(text);
}

/** A comma or colon would end the value there. */
function hasDeforumsNames(text: string): boolean {
  if (/[,:]/.test(text)) return false;
  const bare = text.replaceAll(/["']/g, " ");
  return tokenizeFormula(bare).every(({ type, text: name }) => type !== "name" || NAMES.has(name));
}
