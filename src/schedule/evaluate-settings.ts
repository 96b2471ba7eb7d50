/** Every scheduled setting at every frame. */

import type { Settings } from "../settings/schema.ts";
import { scheduledSettingsOf } from "../settings/setting-list.ts";
import { valueAt } from "../settings/value-at.ts";
import { parseSchedule, type ScheduleSource } from "./schedule.ts";
import { closeCamera } from "./close-camera.ts";
import { scheduleContext } from "./schedule-context.ts";

/** Values by settings path (`motion.zoom`), one per frame. */
export type Curves = ReadonlyMap<string, Float64Array>;

/** Evaluates all schedules, the end of a loop included; settings from the loader are known to be readable and in range. Throws ScheduleError otherwise. */
export function evaluateSettings(settings: Settings): Curves {
  const context = scheduleContext(settings);
  const curves = new Map(
    scheduledSettingsOf(settings).map(({ path }) => [
      path,
      parseSchedule(scheduleSource(settings, path)).evaluate(context),
    ]),
  );
  return closeCamera(curves, settings);
}

/** The scheduled setting at the path as the user wrote it, or its default. */
export function scheduleSource(settings: Settings, path: string): ScheduleSource {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- paths and settings come from one schema
  return valueAt(settings, path.split(".")) as ScheduleSource;
}
