/** Settings of ours in the making: what was carried over from which field, and what there is to say about the rest. */

import { ScheduleError } from "../errors.ts";
import type { ScheduleContext } from "../schedule/position.ts";
import { parseSchedule } from "../schedule/schedule.ts";
import { describeValue } from "../settings/describe-value.ts";
import type { ScheduleValue } from "../settings/fields.ts";
import { findSetting } from "../settings/setting-list.ts";
import { compactSchedule } from "./compact-schedule.ts";
import type { DeforumFile, FieldValue } from "./deforum-file.ts";
import type { ImportNote } from "./import-note.ts";
import { shownValue } from "./shown-value.ts";

/** What is known of the machine: whether a name leads to something in the model library. */
export type IsInLibrary = (kind: "model" | "controlnet", name: string) => boolean;

/** Where a value of ours comes from. */
export interface Origin {
  /** Character of the JSON text, from 0. */
  readonly offset: number;
  /** The value in the file, when ours is its text, so that characters can be told apart. */
  readonly field: FieldValue | undefined;
  /** Characters of our text before that of the file. */
  readonly shift: number;
}

export interface DraftNote extends Omit<ImportNote, "location"> {
  readonly offset: number;
}

/** One import; a class because all fields write into it. */
export class Draft {
  readonly file: DeforumFile;
  readonly isInLibrary: IsInLibrary;
  /** Our settings by path, `motion.zoom`, `controlnet.0.model`. */
  readonly values = new Map<string, unknown>();
  readonly origins = new Map<string, Origin>();
  readonly notes: DraftNote[] = [];
  /** Where and how long, for schedules that have to be evaluated; set once the run's fields are read. */
  context: ScheduleContext = { frames: 120, fps: 15, seed: 0 };

  constructor(file: DeforumFile, isInLibrary: IsInLibrary) {
    this.file = file;
    this.isInLibrary = isInLibrary;
  }

  /** Carries a value over, from the field of this name. */
  set(path: string, value: unknown, field: string, shift = 0): void {
    const { offset } = this.file.writtenAs(field);
    const found = this.file.field(field, undefined);
    this.values.set(path, value);
    this.origins.set(path, { offset: found.node?.start ?? offset, field: found, shift });
  }

  /** Takes back what another field carried over. */
  unset(path: string): void {
    this.values.delete(path);
    this.origins.delete(path);
  }

  note(kind: ImportNote["kind"], field: string, reason: string): void {
    if (kind === "idle" && !this.file.has(field)) return;
    const { name, offset } = this.file.writtenAs(field);
    this.notes.push({ kind, field: name, offset, reason });
  }

  /** The field has no counterpart; what it was goes along. */
  lost(field: string, reason: string): void {
    this.note("lost", field, `${this.shown(field)}: ${reason}`);
  }

  changed(field: string, reason: string): void {
    this.note("changed", field, `${this.shown(field)}: ${reason}`);
  }

  shown(field: string): string {
    return shownValue(this.file.field(field, null).value);
  }

  /** True or false, also as text and as number; `defaultValue` with a note for anything else. */
  isOn(field: string, defaultValue: boolean): boolean {
    const { value } = this.file.field(field, defaultValue);
    if (typeof value === "boolean") return value;
    const text = String(value).toLowerCase();
    if (["true", "1"].includes(text)) return true;
    if (["false", "0", "none", "null", ""].includes(text)) return false;
    this.misread(field, "true or false", defaultValue);
    return defaultValue;
  }

  /** A number, also as text; `defaultValue` with a note for anything else. */
  number(field: string, defaultValue: number): number {
    const { value } = this.file.field(field, defaultValue);
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number === "number" && Number.isFinite(number)) return number;
    this.misread(field, "a number", defaultValue);
    return defaultValue;
  }

  /** Text without blanks around it; null and what is no text count as none. */
  text(field: string, defaultValue: string): string {
    const { value } = this.file.field(field, defaultValue);
    return typeof value === "string" ? value.trim() : "";
  }

  /** A schedule for `path`, kept within the range of the setting; see {@link Draft.fitted}. */
  setSchedule(path: string, field: string, defaultValue: number | string): void {
    const { value } = this.file.field(field, defaultValue);
    if (typeof value !== "number" && (typeof value !== "string" || value.trim() === "")) {
      this.misread(field, 'a schedule such as "0:(0), 30:(15)"', defaultValue);
      this.set(path, constantOf(defaultValue) ?? defaultValue, field);
      return;
    }
    this.set(path, this.fitted(path, field, constantOf(value) ?? value), field);
  }

  /** The schedule, with values out of the setting's range brought to its ends, which is noted. What cannot be read is left for the loader. */
  fitted(path: string, field: string, source: ScheduleValue): ScheduleValue {
    const range = findSetting(path.split("."))?.range;
    const values = range && this.evaluate(source);
    if (range === undefined || values === undefined) return source;
    const [low, high] = range;
    const first = values.findIndex((value) => !(value >= low && value <= high));
    if (first < 0) return source;
    this.note(
      "changed",
      field,
      `is ${values[first]} at frame ${first}: kept within ${low} and ${high}, the range of ${path}`,
    );
    return compactSchedule(values.map((value) => Math.min(high, Math.max(low, value))));
  }

  /** A schedule whose every value becomes another one. */
  setMapped(path: string, field: string, source: unknown, map: (value: number) => number): void {
    const constant = constantOf(source);
    const values = constant === undefined ? this.evaluate(String(source)) : undefined;
    // A schedule with a mistake in it goes on as it is, so that the loader tells where it is.
    const mapped =
      constant === undefined ? (values ? compactSchedule(values.map(map)) : String(source)) : map(constant);
    this.set(path, mapped, field);
  }

  /** Tells where the text of a prompt stands; `shift` characters stand before it. */
  setPlaceOfPrompt(frame: string, shift: number): void {
    const { node } = this.file.field("prompts", undefined);
    if (node?.kind !== "object") return;
    const entry = [...node.entries].find(([key]) => key.trim() === frame)?.[1];
    if (entry === undefined) return;
    const field = { value: undefined, node: entry.node };
    this.origins.set(`prompts.${frame}`, { offset: entry.offset, field, shift });
  }

  /** Items that a list of settings has so far. */
  listLength(list: string): number {
    const indexes = [...this.values.keys()].filter((path) => path.startsWith(`${list}.`));
    return new Set(indexes.map((path) => path.split(".")[1])).size;
  }

  /** One value per frame; undefined for a schedule with a mistake in it. */
  evaluate(source: ScheduleValue): Float64Array | undefined {
    try {
      return parseSchedule(source).evaluate(this.context);
    } catch (error) {
      if (error instanceof ScheduleError) return undefined;
      throw error;
    }
  }

  misread(field: string, expected: string, instead: unknown): void {
    const { value } = this.file.field(field, undefined);
    this.note(
      "changed",
      field,
      `expected ${expected}, found ${describeValue(value)}: taken as ${shownValue(instead)}`,
    );
  }
}

/** The number of a schedule that is a single number, `0: (0.065)`; undefined for any other. */
export function constantOf(source: unknown): number | undefined {
  if (typeof source === "number") return source;
  if (typeof source !== "string") return undefined;
  const inBrackets = /^\s*(?:0\s*:)?\s*(?:\((?<inside>[^()]*)\)|(?<bare>[^():,]*))\s*$/.exec(source)?.groups;
  const only = (inBrackets?.["inside"] ?? inBrackets?.["bare"])?.trim();
  return only !== undefined && /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)$/.test(only) ? Number(only) + 0 : undefined;
}
