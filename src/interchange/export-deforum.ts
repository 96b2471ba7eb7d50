/** Our settings → a complete Deforum settings file, with a word on every setting that Deforum has no field for. */

import type { Settings } from "../settings/schema.ts";
import { allSettings, findSetting } from "../settings/setting-list.ts";
import { valueAt } from "../settings/value-at.ts";
import { type ExportNote, ExportSource } from "./export-source.ts";
import { ALL_FIELDS } from "./fields/all-fields.ts";

export interface Exported {
  /** One JSON object, indented by 4 as Deforum's own files are. */
  readonly text: string;
  readonly notes: readonly ExportNote[];
}

/** Whether Deforum does by itself what a setting without a field says, whatever our default is. */
const ALWAYS_SO = new Map<string, (settings: Settings) => boolean>([
  ["deforum_exact", () => true],
  ["last_block", () => true],
  [
    "feedback.color_reference",
    ({ feedback, prompts }) => feedback.color_reference !== "prompt" || Object.keys(prompts).length === 1,
  ],
]);

const REASONS: ReadonlyMap<string, string> = new Map([
  ["loras", "Deforum takes LoRAs from prompts: write <lora:name:0.8> there"],
  ["embeddings", "Deforum finds embeddings by the word in prompts"],
  ["prompt_transition", "Deforum changes prompts at once"],
  ["feedback.color_reference", "Deforum keeps the colors of the first picture"],
  ["camera", "its curves are written as those of the motion"],
  ["camera_amount", "is in the curves of the motion"],
  ["camera_period", "is in the curves of the motion"],
  ["vae", "Deforum takes the web UI's VAE"],
  ["bpm", "keys in beats are written as frames"],
]);

/** Writes every field of Deforum, those that we have nothing for with Deforum's defaults, so that nothing is left to what an interface shows. */
export function exportDeforum(settings: Settings): Exported {
  const source = new ExportSource(settings);
  const fields = ALL_FIELDS.flatMap(({ name, defaultValue, toDeforum }) => {
    const value = toDeforum?.(source) ?? defaultValue;
    return value === undefined ? [] : [[name, value] as const];
  });
  const known = new Set(ALL_FIELDS.flatMap(({ paths }) => paths));
  const units = [...known].some((path) => path.startsWith("controlnet."));
  for (const { path, defaultValue } of allSettings) {
    const value = valueAt(settings, path.split("."));
    const isKnown = known.has(path) || (path === "controlnet" && units);
    const isSo = ALWAYS_SO.get(path)?.(settings) ?? isSame(path, value, defaultValue);
    if (isKnown || isSo) continue;
    source.note(path, REASONS.get(path) ?? "Deforum has no field for it");
  }
  if (settings.controlnet.length > 5) source.note("controlnet.5", "Deforum has five units");
  return { text: `${JSON.stringify(Object.fromEntries(fields), null, 4)}\n`, notes: dedupe(source.notes) };
}

function isSame(path: string, value: unknown, defaultValue: unknown): boolean {
  if (findSetting(path.split("."))?.kind === "list") return Array.isArray(value) && value.length === 0;
  return JSON.stringify(value) === JSON.stringify(defaultValue);
}

function dedupe(notes: readonly ExportNote[]): ExportNote[] {
  return [...new Map(notes.map((note) => [`${note.path} ${note.reason}`, note])).values()];
}
