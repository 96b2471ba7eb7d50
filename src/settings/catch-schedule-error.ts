/** What a reader of schedules and prompts has to say, as a mistake in a setting. */

import { ScheduleError } from "../errors.ts";
import { parseEasing } from "../schedule/easing.ts";
import type { Problem } from "./problem.ts";
import { valueAt } from "./value-at.ts";

/**
 * The problems that `check` finds, or the one that it throws as a ScheduleError, located in the setting.
 *
 * @param path of the setting
 * @param source its value: a text, or a mapping of frames to values
 */
export function catchScheduleError(
  path: readonly string[],
  source: unknown,
  check: () => readonly Problem[],
): readonly Problem[] {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    return [locateScheduleError(path, source, error)];
  }
}

function locateScheduleError(path: readonly string[], source: unknown, error: ScheduleError): Problem {
  const { key, offset, message, hint } = error;
  const keyed = key === undefined ? undefined : valueAt(source, [key]);
  const textPath = [
    ...path,
    ...(key === undefined ? [] : [key]),
    ...(typeof keyed === "object" && keyed !== null && offset !== undefined ? [fieldOf(keyed, message)] : []),
  ];
  return {
    path: textPath,
    part: key !== undefined && offset === undefined ? "key" : "value",
    message,
    ...(offset !== undefined && { characterOfText: offset }),
    ...(hint !== undefined && { hint }),
  };
}

/** Which part of `{ value, easing }` a message is about. */
function fieldOf(key: object, message: string): "value" | "easing" {
  const easing = valueAt(key, ["easing"]);
  if (typeof easing !== "string") return "value";
  try {
    parseEasing(easing);
    return "value";
  } catch (error) {
    return error instanceof ScheduleError && error.message === message ? "easing" : "value";
  }
}
