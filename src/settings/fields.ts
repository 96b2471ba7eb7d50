/** The kinds of settings: each builder makes one zod type and records, once, its unit, range, default and description. */

import { z } from "zod";
import { LIMITS } from "../limits.ts";

/** What is known about one setting; defaults, errors, help, the reference page and the editors' schema all read it here. */
export interface SettingFact {
  readonly kind:
    | "number"
    | "text"
    | "choice"
    | "scheduled choice"
    | "scheduled text"
    | "switch"
    | "schedule"
    | "prompts"
    | "size"
    | "duration"
    | "switch or duration"
    | "words"
    | "shots"
    | "list";
  /** What the value has to be, worded for the error: `a whole number from 1 to 120`. */
  readonly expects: string;
  readonly unit?: string;
  /** Smallest and largest allowed value; for a schedule: at every frame. */
  readonly range?: readonly [number, number];
  /** Whole numbers only; a schedule is truncated towards zero at use. */
  readonly whole?: boolean;
  readonly choices?: readonly string[];
  /** The page of the manual that describes the choices, when they are too many for a cell; beside the page of the settings. */
  readonly choicesPage?: string;
  /** Other spellings of the choices that are understood. */
  readonly spellings?: readonly string[];
  /** As it would stand in the file; undefined when the setting has to be given. */
  readonly defaultValue: unknown;
  readonly description: string;
}

/** Whether a setting of this kind can change over time. */
export function isScheduled({ kind }: Pick<SettingFact, "kind">): boolean {
  return kind === "schedule" || kind.startsWith("scheduled");
}

export const settingFacts = z.registry<SettingFact>();

interface Range {
  readonly range: readonly [number, number];
  readonly unit?: string;
}

interface Described<Value> {
  readonly defaultValue: Value;
  readonly description: string;
}

/** A number between two limits. */
export function number(options: Range & Described<number>) {
  const [low, high] = options.range;
  return record(z.number().min(low).max(high).default(options.defaultValue), {
    ...options,
    kind: "number",
    expects: `a number from ${low} to ${high}`,
  });
}

/** A whole number between two limits. */
export function wholeNumber(options: Range & Described<number>) {
  return record(wholeBetween(options.range).default(options.defaultValue), wholeFact(options));
}

/** A whole number, or null for "not given". */
export function optionalNumber(options: Range & Described<null>) {
  const [low, high] = options.range;
  return record(z.number().min(low).max(high).nullable().default(null), {
    ...options,
    kind: "number",
    expects: `a number from ${low} to ${high}`,
  });
}

function wholeBetween([low, high]: readonly [number, number]) {
  return z.number().int().min(low).max(high);
}

function wholeFact(options: Range & Described<number>): SettingFact {
  const [low, high] = options.range;
  return { ...options, kind: "number", whole: true, expects: `a whole number from ${low} to ${high}` };
}

/** One of a few words. */
export function choice<const Word extends string>(options: { choices: readonly Word[] } & Described<Word>) {
  return record(z.enum(options.choices).prefault(options.defaultValue), {
    ...options,
    kind: "choice",
    expects: `one of ${options.choices.join(", ")}`,
  });
}

/** True or false. */
export function toggle(options: Described<boolean>) {
  return record(z.boolean().default(options.defaultValue), {
    ...options,
    kind: "switch",
    expects: "true or false",
  });
}

/** Free text, possibly empty. */
export function text(options: Described<string>) {
  return record(z.string().max(LIMITS.settings.textCharacters).default(options.defaultValue), {
    ...options,
    kind: "text",
    expects: `text of at most ${LIMITS.settings.textCharacters} characters`,
  });
}

/** Text that has to match a pattern; `expects` says the pattern in words. */
export function patternText(options: { pattern: RegExp; expects: string } & Described<string>) {
  const { pattern, ...fact } = options;
  return record(z.string().max(LIMITS.settings.textCharacters).regex(pattern).default(options.defaultValue), {
    ...fact,
    kind: "text",
  });
}

/** A path, or null for "none". */
export function optionalPath(options: Described<null>) {
  return record(z.string().min(1).max(LIMITS.settings.textCharacters).nullable().default(null), {
    ...options,
    kind: "text",
    expects: "the path of a file",
  });
}

const scheduledNumber = z.union([z.number(), z.string().min(1)]);

/** A value that may change over time: a constant, a schedule text or formula, or a mapping of frames to values. */
export const scheduleValue = z.union([
  scheduledNumber,
  z.record(
    z.string(),
    z.union([
      scheduledNumber,
      z.strictObject({ value: scheduledNumber, easing: z.exactOptional(z.string().min(1)) }),
    ]),
  ),
]);

export type ScheduleValue = z.output<typeof scheduleValue>;

const SCHEDULE_EXPECTS = 'a number, a schedule such as "0:(0), 30:(15)", or a mapping of frames to values';

/** A number that may change over time; the range holds for its value at every frame. */
export function schedule(
  options: Range & { defaultValue: number | string; whole?: boolean; description: string },
) {
  return record(scheduleValue.default(options.defaultValue), {
    ...options,
    kind: "schedule",
    expects: SCHEDULE_EXPECTS,
  });
}

/** The same, or null for "not given". */
export function optionalSchedule(options: Range & { description: string }) {
  return record(scheduleValue.nullable().default(null), {
    ...options,
    kind: "schedule",
    defaultValue: null,
    expects: SCHEDULE_EXPECTS,
  });
}

/** Prompts: one text for the whole animation, or a mapping of frames to texts. Has to be given. */
export function prompts(options: { description: string }) {
  const promptText = z.string().max(LIMITS.settings.textCharacters);
  const schema = z
    .union([promptText, z.record(z.string(), promptText)])
    .transform((value): Record<string, string> => (typeof value === "string" ? { 0: value } : value))
    .refine((value) => Object.keys(value).length > 0);
  return record(schema, {
    ...options,
    kind: "prompts",
    defaultValue: undefined,
    expects: "text, or a mapping of frames to texts",
  });
}

/** A text that may change over time, or null for "none": one text, Deforum's `0:("a"), 30:("b")`, or a mapping of frames to texts. */
export function textSchedule(options: { expects: string; description: string }) {
  const one = z.string().min(1).max(LIMITS.settings.textCharacters);
  const schema = z.union([one, z.record(z.string(), one).refine((value) => Object.keys(value).length > 0)]);
  return record(schema.nullable().default(null), { ...options, kind: "scheduled text", defaultValue: null });
}

const DURATION_UNIT = "frames, or seconds (1.5s), or beats (2b)";
const durationValue = z.union([
  wholeBetween([0, LIMITS.settings.frames]),
  z.string().regex(/^\d+(\.\d+)?[sb]$/),
]);

/** A number of frames, or a time such as `1.5s` or `2b`. */
export function duration(options: Described<number | string>) {
  return record(durationValue.default(options.defaultValue), {
    ...options,
    kind: "duration",
    unit: DURATION_UNIT,
    expects: "a number of frames, or a time such as 1.5s or 2b",
  });
}

/** True, false, a number of frames, or a time: what picks its own length by itself, or takes one. */
export function toggleOrDuration(options: Described<boolean>) {
  return record(z.union([z.boolean(), durationValue]).default(options.defaultValue), {
    ...options,
    kind: "switch or duration",
    unit: DURATION_UNIT,
    expects: "true, false, a number of frames, or a time such as 1.5s or 2b",
  });
}

/** Items that each are a mapping of settings, none by default. Every setting of an item needs a default. */
export function list<Item extends z.ZodObject>(
  item: Item,
  options: { max: number; expects: string; description: string },
) {
  const { max, ...fact } = options;
  return record(z.array(item).max(max).default([]), { ...fact, kind: "list", defaultValue: [] });
}

/** Attaches the fact to the type, where {@link settingFacts} finds it. */
export function record<Schema extends z.ZodType>(schema: Schema, fact: SettingFact): Schema {
  const described = schema.describe(fact.description);
  settingFacts.add(described, fact);
  return described;
}
