/** The settings as a list with their paths, read off the schema. */

import { z } from "zod";

import { settingFacts, type ScheduleValue, type SettingFact } from "./fields.ts";
import { settingsSchema, type Settings } from "./schema.ts";
import { valueAt } from "./value-at.ts";

/** A setting with its place in the file: `motion.zoom`, `controlnet.0.weight`; of any item of a list: `controlnet.*.weight`. */
export interface Setting extends SettingFact {
  readonly path: string;
}

/** Every setting in the order of the schema, lists as a whole. */
export const allSettings: readonly Setting[] = collectSettings(settingsSchema.shape, "");

/** The settings of items of lists, `controlnet.*.weight`. */
export const itemSettings: readonly Setting[] = Object.entries(settingsSchema.shape).flatMap(
  ([key, type]) => {
    const item = itemOf(type);
    return item === undefined ? [] : collectSettings(item.shape, `${key}.*.`);
  },
);

/** The settings whose value may change over time, without those of lists and those that may be not given. */
export const scheduledSettings: readonly GivenSchedule[] = allSettings.filter(isScheduled).filter(isGiven);

const optionalSchedules = allSettings.filter(isScheduled).filter((setting) => !isGiven(setting));

export interface ScheduledSetting extends Setting {
  readonly kind: "schedule";
  readonly range: readonly [number, number];
  readonly defaultValue: ScheduleValue | null;
}

interface GivenSchedule extends ScheduledSetting {
  readonly defaultValue: ScheduleValue;
}

const scheduledItemSettings: readonly ScheduledSetting[] = itemSettings.filter(isScheduled);

/** The settings whose value changes or may change over time, with those of each item that the settings' lists have. */
export function scheduledSettingsOf(settings: Settings): ScheduledSetting[] {
  const items = scheduledItemSettings.flatMap((setting) => {
    const [list, rest] = setting.path.split(".*.");
    const value = valueAt(settings, [list!]);
    const count = Array.isArray(value) ? value.length : 0;
    return Array.from({ length: count }, (_, index) => ({ ...setting, path: `${list}.${index}.${rest}` }));
  });
  const given = optionalSchedules.filter(({ path }) => valueAt(settings, path.split(".")) !== null);
  return [...scheduledSettings, ...given, ...items];
}

/** The setting at the path, `["controlnet", "0", "weight"]`; undefined for groups, items and unknown keys. */
export function findSetting(path: readonly string[]): Setting | undefined {
  const exact = path.join(".");
  const ofItem = anyItem(path);
  return (
    allSettings.find((candidate) => candidate.path === exact) ??
    itemSettings.find((candidate) => candidate.path === ofItem)
  );
}

/** `["controlnet", "0", "weight"]` → `controlnet.*.weight`. */
export function anyItem(path: readonly string[]): string {
  return path.map((key, index) => (index === 1 && /^\d+$/.test(key) ? "*" : key)).join(".");
}

function itemOf(type: z.core.$ZodType): z.ZodObject | undefined {
  const inner = type instanceof z.ZodDefault ? type.unwrap() : type;
  return inner instanceof z.ZodArray && inner.element instanceof z.ZodObject ? inner.element : undefined;
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

function isGiven(setting: ScheduledSetting): setting is GivenSchedule {
  return setting.defaultValue !== null;
}

function isScheduled(setting: Setting): setting is ScheduledSetting {
  return setting.kind === "schedule";
}
