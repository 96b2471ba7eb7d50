/** Which model draws each frame. */

import { ScheduleError } from "../errors.ts";
import type { Settings } from "../settings/schema.ts";
import { parseTextSchedule, type ScheduleContext } from "./schedule.ts";

/**
 * The name or path of every frame's model: the latest key at or before it, the first also before that (Deforum's checkpoint_schedule).
 *
 * @throws ScheduleError for a key that cannot be read and one without a name, with its place
 */
export function planModels(model: Settings["model"], context: ScheduleContext): readonly string[] {
  const schedule = parseTextSchedule(model);
  for (const { at, text, offset } of schedule.keys) {
    if (text.trim() !== "") continue;
    throw new ScheduleError("expected the name or path of a model, found nothing", {
      ...(offset === undefined ? { key: at } : { offset }),
      hint: "write a name, such as 60: photo, or remove the key",
    });
  }
  return schedule.evaluate(context);
}

/** A name as it stands in the setting. */
export interface WrittenModel {
  readonly name: string;
  /** Below the setting: the key in a mapping. */
  readonly path: readonly string[];
  /** In a text with several keys: the character at which the name's key begins. */
  readonly character: number | undefined;
}

/** Every name that the setting has, in the order written, those of keys behind the last frame too. */
export function writtenModels(model: Settings["model"]): readonly WrittenModel[] {
  return parseTextSchedule(model).keys.map(({ at, text, offset }) => ({
    name: text,
    path: offset === undefined ? [at] : [],
    character: offset === 0 ? undefined : offset,
  }));
}
