/** Keys of text as settings files have them, `0: ("photo"), 50: ("toon")`: read and written. */

import { ScheduleError } from "../errors.ts";
import { parseTextSchedule } from "../schedule/schedule.ts";

/** The keys in the order written; undefined for a schedule with a mistake in it, which is the loader's to tell. */
export function readTextKeys(
  source: string,
): readonly { readonly at: string; readonly text: string }[] | undefined {
  try {
    return parseTextSchedule(source).keys;
  } catch (error) {
    if (error instanceof ScheduleError) return undefined;
    throw error;
  }
}

/** @param keys a frame or another place, and the text from there on */
export function writeTextKeys(keys: Iterable<readonly [at: number | string, text: string]>): string {
  return Array.from(keys, ([at, text]) => `${at}: ("${text}")`).join(", ");
}
