/** A Deforum settings file → our settings, with a word on every field that could not come along. */

import { Draft, type IsInLibrary } from "./draft.ts";
import { deforumFile } from "./deforum-file.ts";
import { ALL_FIELDS } from "./fields/all-fields.ts";
import type { Field } from "./fields/field.ts";
import { finishImport, type Imported, isDefault } from "./imported.ts";
import type { JsonObject } from "./json-node.ts";
import { carryParseq } from "./parseq.ts";
import { shownValue } from "./shown-value.ts";

/** The text of a file and what errors call it. */
export interface JsonSource {
  readonly file: string;
  readonly text: string;
}

const KNOWN: ReadonlySet<string> = new Set(ALL_FIELDS.map(({ name }) => name));

/**
 * Carries a settings file of sd-webui-deforum, the notebook or deforum-studio over. Never fails: what cannot be carried is in the notes; schedules
 * with mistakes are handed to the loader, which tells their places.
 *
 * @param root what the JSON text holds
 */
export function importDeforum(source: JsonSource, root: JsonObject, isInLibrary: IsInLibrary): Imported {
  const draft = new Draft(deforumFile(root), isInLibrary);
  draft.context = contextOf(draft);
  for (const field of ALL_FIELDS) carryField(draft, field);
  noteStrangers(draft);
  noteDefaults(draft);
  carryParseq(draft);
  return finishImport(draft, source.file, source.text);
}

/** Carries one field over, and tells fields that nobody touched from those that were set and do nothing. */
function carryField(draft: Draft, field: Field): void {
  const before = draft.notes.length;
  field.carry(draft);
  const added = draft.notes.slice(before);
  if (!added.some(({ kind }) => kind === "idle")) return;
  const { value } = draft.file.field(field.name, field.defaultValue);
  if (JSON.stringify(value) !== JSON.stringify(field.defaultValue)) return;
  for (const [index, note] of added.entries()) {
    if (note.kind === "idle") draft.notes[before + index] = { ...note, kind: "unset" };
  }
}

/** Length, speed and seed for schedules that have to be looked at, whatever stands in the file. */
function contextOf({ file }: Draft): Draft["context"] {
  const read = (name: string, defaultValue: number, low: number, high: number): number => {
    const value = Math.trunc(Number(file.field(name, defaultValue).value));
    return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : defaultValue;
  };
  return {
    frames: read("max_frames", 120, 1, 100_000),
    fps: read("fps", 15, 1, 120),
    seed: read("seed", 0, 0, Number.MAX_SAFE_INTEGER),
  };
}

function noteStrangers(draft: Draft): void {
  for (const name of draft.file.names) {
    if (!KNOWN.has(name)) draft.note("idle", name, "is no field that animate knows");
  }
  for (const { key, offset } of draft.file.root.repeated) {
    draft.notes.push({ kind: "changed", field: key, offset, reason: "stands twice: the last one counts" });
  }
}

/** Deforum's defaults stand in for missing fields; those that differ from ours are told. */
function noteDefaults(draft: Draft): void {
  for (const [path, { field }] of draft.origins) {
    const value = draft.values.get(path);
    if (field?.node !== undefined || value === undefined || path === "model" || isDefault(path, value))
      continue;
    const owner = ALL_FIELDS.find(({ paths }) => paths.includes(path));
    if (owner === undefined || draft.file.has(owner.name)) continue;
    draft.note("default", owner.name, `is not in the file: ${shownValue(value)}, as Deforum has it`);
  }
}
