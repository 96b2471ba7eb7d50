/** The settings as a list with their paths, read off the schema. */

import { z } from "zod";

import { settingFacts, type ScheduleValue, type SettingFact } from "./fields.ts";
import { settingsSchema } from "./schema.ts";

/** A setting with its place in the file: `motion.zoom`. */
export interface Setting extends SettingFact {
  readonly path: string;
}

/** Every setting in the order of the schema. */
export const allSettings: readonly Setting[] = collectSettings(settingsSchema.shape, "");

/** The settings whose value may change over time. */
export const scheduledSettings: readonly ScheduledSetting[] = allSettings.filter(isScheduled);

export interface ScheduledSetting extends Setting {
  readonly kind: "schedule";
  readonly range: readonly [number, number];
  readonly defaultValue: ScheduleValue;
}

function collectSettings(shape: Readonly<Record<string, z.core.$ZodType>>, prefix: string): Setting[] {
  return Object.entries(shape).flatMap(([key, type]) => {
    const path = prefix + key;
    const fact = settingFacts.get(type);
    if (fact !== undefined) return [{ ...fact, path }];
    return collectSettings(groupShape(type), `${path}.`);
  });
}

/** The settings inside a group: a type with a fact is a setting, everything else in the schema is a group. */
export function groupShape(type: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> {
  const object = type instanceof z.ZodPrefault ? type.unwrap() : type;
  if (!(object instanceof z.ZodObject)) throw new TypeError("a setting without a fact must be a group");
  return object.shape;
}

function isScheduled(setting: Setting): setting is ScheduledSetting {
  return setting.kind === "schedule";
}
