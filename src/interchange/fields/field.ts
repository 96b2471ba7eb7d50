/** The kinds of Deforum's fields, by what becomes of them: each builder makes one row of the table. */

import type { Draft } from "../draft.ts";
import type { ExportSource } from "../export-source.ts";

/** One field of Deforum's settings file. */
export interface Field {
  readonly name: string;
  /** What Deforum has when the file says nothing. */
  readonly defaultValue: unknown;
  /** Our settings that the field holds, by path. */
  readonly paths: readonly string[];
  /** Carries the field's value over, or says why not. */
  readonly carry: (draft: Draft) => void;
  /** The field's value for our settings; not given: always the default. */
  readonly toDeforum?: (source: ExportSource) => unknown;
}

/** A number over time. */
export function schedule(name: string, defaultValue: string, path: string): Field {
  return {
    name,
    defaultValue,
    paths: [path],
    carry: (draft) => draft.setSchedule(path, name, defaultValue),
    toDeforum: (source) => source.schedule(path),
  };
}

/** A number over time that a switch of its own turns on; while it is off, our setting stays as another field has it, or at `whileOff`. */
export function switchedSchedule(
  name: string,
  defaultValue: string,
  path: string,
  enable: { readonly name: string; readonly defaultValue: boolean; readonly whileOff?: number },
): readonly Field[] {
  const isOn = (source: ExportSource): boolean =>
    enable.whileOff === undefined ? source.changes(path) : source.value(path) !== enable.whileOff;
  return [
    partOf(enable.name, enable.defaultValue, isOn),
    {
      name,
      defaultValue,
      paths: [path],
      carry: (draft) => {
        if (draft.isOn(enable.name, enable.defaultValue)) draft.setSchedule(path, name, defaultValue);
        else {
          draft.note("idle", name, `is switched off by ${enable.name}`);
          if (enable.whileOff !== undefined) draft.set(path, enable.whileOff, enable.name);
        }
      },
      toDeforum: (source) => (isOn(source) ? source.schedule(path) : undefined),
    },
  ];
}

/** A plain number. `fit` brings it to what the setting takes. */
export function number(
  name: string,
  defaultValue: number,
  path: string,
  fit: (value: number) => number = (value) => value,
): Field {
  return {
    name,
    defaultValue,
    paths: [path],
    carry(draft) {
      const value = draft.number(name, defaultValue);
      const fitted = fit(value);
      if (fitted !== value) draft.note("changed", name, `is ${value}: taken as ${fitted}`);
      draft.set(path, fitted, name);
    },
    toDeforum: (source) => source.value(path),
  };
}

/** Whole numbers of a range: fractions are cut off, and what lies outside is brought to the ends. */
export function whole(low: number, high: number): (value: number) => number {
  return (value) => Math.min(high, Math.max(low, Math.trunc(value))) + 0;
}

/** Numbers of a range. */
export function between(low: number, high: number): (value: number) => number {
  return (value) => Math.min(high, Math.max(low, value));
}

/** True or false. */
export function toggle(name: string, defaultValue: boolean, path: string): Field {
  return {
    name,
    defaultValue,
    paths: [path],
    carry: (draft) => draft.set(path, draft.isOn(name, defaultValue), name),
    toDeforum: (source) => source.value(path),
  };
}

/** Words of a choice that both programs spell alike. */
export function same(...words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => [word, word]));
}

/** One of a few words: Deforum's → ours. `elsewhere` is what any other word becomes, which is a loss unless it comes near. */
export function choice(
  name: string,
  defaultValue: string,
  path: string,
  words: Readonly<Record<string, string>>,
  elsewhere: { readonly instead: string; readonly reason: string; readonly isNear?: boolean },
): Field {
  return {
    name,
    defaultValue,
    paths: [path],
    carry(draft) {
      const wanted = String(draft.file.field(name, defaultValue).value).trim();
      const word = Object.keys(words).find((key) => key.toLowerCase() === wanted.toLowerCase());
      if (word === undefined) draft[elsewhere.isNear === true ? "changed" : "lost"](name, elsewhere.reason);
      draft.set(path, word === undefined ? elsewhere.instead : words[word], name);
    },
    toDeforum: (source) =>
      Object.keys(words).find((key) => words[key] === source.value(path)) ?? defaultValue,
  };
}

/** Read by another field, which this one belongs to. */
export function partOf(
  name: string,
  defaultValue: unknown,
  toDeforum?: (source: ExportSource) => unknown,
): Field {
  return {
    name,
    defaultValue,
    paths: [],
    carry: () => {},
    ...(toDeforum && { toDeforum }),
  };
}

/** Changes no picture here or there. */
export function idle(name: string, defaultValue: unknown, reason: string): Field {
  return { name, defaultValue, paths: [], carry: (draft) => draft.note("idle", name, reason) };
}

/**
 * What animate cannot do yet, or does otherwise.
 *
 * @param isActive whether the value does something in Deforum; default: it is not Deforum's default
 */
export function missing(
  name: string,
  defaultValue: unknown,
  reason: string,
  isActive: (draft: Draft) => boolean = differsFrom(name, defaultValue),
): Field {
  return {
    name,
    defaultValue,
    paths: [],
    carry(draft) {
      if (draft.file.has(name) && isActive(draft)) draft.lost(name, reason);
      else draft.note("idle", name, "is switched off or at its default");
    },
  };
}

/** A finer setting of something that animate cannot do yet: lost when that is switched on and the value is not Deforum's default. */
export function missingWith(
  name: string,
  defaultValue: unknown,
  reason: string,
  isOn: (draft: Draft) => boolean,
): Field {
  const differs = differsFrom(name, defaultValue);
  return missing(name, defaultValue, reason, (draft) => isOn(draft) && differs(draft));
}

/** A switch, off in Deforum, of something that animate cannot do yet. */
export function missingSwitch(name: string, reason: string): Field {
  return missing(name, false, reason, (draft) => draft.isOn(name, false));
}

function differsFrom(name: string, defaultValue: unknown): (draft: Draft) => boolean {
  return (draft) => draft.file.field(name, defaultValue).value !== defaultValue;
}

/**
 * A field that counts only beside something else.
 *
 * @param isOn whether a file has that; else the field is left out, with the reason
 * @param has whether our settings have it; else the field is written as Deforum has it by itself
 */
export function onlyWith(
  field: Field,
  isOn: (draft: Draft) => boolean,
  reason: string,
  has: (source: ExportSource) => boolean,
): Field {
  const { toDeforum } = field;
  return {
    ...field,
    toDeforum: (source) => (has(source) ? toDeforum?.(source) : undefined),
    carry(draft) {
      if (isOn(draft)) field.carry(draft);
      else draft.note("idle", field.name, reason);
    },
  };
}
