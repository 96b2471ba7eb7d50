/** Our settings as an export reads them: plain values, and schedules in words that Deforum understands. */

import { type Curves, evaluateSettings, scheduleSource } from "../schedule/evaluate-settings.ts";
import { scheduleContext } from "../schedule/schedule-context.ts";
import {
  parseSchedule,
  parseTextSchedule,
  type ResolvedText,
  type ScheduleContext,
} from "../schedule/schedule.ts";
import type { Settings } from "../settings/schema.ts";
import { valueAt } from "../settings/value-at.ts";
import { compactSchedule, decimal } from "./compact-schedule.ts";
import { deforumSchedule } from "./deforum-schedule.ts";
import { holdsPositive } from "./merged-prompts.ts";

export interface ExportNote {
  /** Our setting, `prompt_transition`. */
  readonly path: string;
  readonly reason: string;
}

/** One export; a class because notes gather while fields are read. */
export class ExportSource {
  readonly settings: Settings;
  readonly context: ScheduleContext;
  readonly notes: ExportNote[] = [];
  private readonly curves: Curves;

  constructor(settings: Settings) {
    this.settings = settings;
    this.context = scheduleContext(settings);
    this.curves = evaluateSettings(settings);
  }

  value(path: string): unknown {
    return valueAt(this.settings, path.split("."));
  }

  /** The schedule in Deforum's notation: as it stands where Deforum reads it alike, else written out with a key at every turn. */
  schedule(path: string): string {
    const source = scheduleSource(this.settings, path);
    if (typeof source === "number") return `0: (${decimal(source)})`;
    const values = this.values(path);
    const asWritten = parseSchedule(source).evaluate(this.context);
    const isBent = values.some((value, frame) => value !== asWritten[frame]);
    const kept = isBent ? undefined : deforumSchedule(source, this.context);
    if (kept !== undefined) return kept;
    const reason = isBent
      ? "is bent at the end by `loop`"
      : "has keys, easings or functions that Deforum does not know";
    this.note(path, `${reason}: written out as numbers`);
    return writtenOut(values);
  }

  /** The schedule with each value made another one: a number, or a key at every turn. */
  mapped(path: string, map: (value: number) => number): string {
    return writtenOut(this.values(path).map(map));
  }

  /** Whether the schedule has more than one value. */
  changes(path: string): boolean {
    const values = this.values(path);
    return values.some((value) => value !== values[0]);
  }

  /** One value per frame, the end of a loop included. */
  values(path: string): Float64Array {
    return this.curves.get(path)!;
  }

  /** Frame → prompt; keys in seconds, beats and formulas become frames. */
  prompts(): Record<string, string> {
    const { positive_prompt } = this.settings;
    const lead = this.positivePrompt() === positive_prompt ? "" : `${positive_prompt} `;
    return Object.fromEntries(this.promptKeys().map(({ frame, text }) => [String(frame), `${lead}${text}`]));
  }

  /** What stands before every prompt; empty where prompts that begin with it anyway would look as if they held it already. */
  positivePrompt(): string {
    const { positive_prompt } = this.settings;
    const texts = this.promptKeys().map(({ text }) => text);
    return holdsPositive(texts, positive_prompt) ? "" : positive_prompt;
  }

  private promptKeys(): readonly ResolvedText[] {
    return parseTextSchedule(this.settings.prompts).resolve(this.context);
  }

  note(path: string, reason: string): void {
    this.notes.push({ path, reason });
  }
}

/** A number, or a key at every turn. */
function writtenOut(values: Float64Array): string {
  const written = compactSchedule(values);
  return typeof written === "number" ? `0: (${decimal(written)})` : written;
}
