/** The notes of an import as lines of text: what is lost first, one by one; what nobody will miss last, in groups. */

import type { ImportNote } from "./import-note.ts";

/** Width of a group's lines. */
const LINE = 110;

const TITLES = {
  lost: "Not carried over:",
  changed: "Carried over otherwise:",
  default: "Taken as Deforum has it:",
} as const;

/**
 * All notes; fields that changed nothing are named in groups, by the reason.
 *
 * @param all with the fields that stand at Deforum's defaults
 */
export function describeNotes(notes: readonly ImportNote[], all = false): string[] {
  const idle = describeGroups(notes, "idle", "Left out, because each …");
  const unset = all
    ? describeGroups(notes, "unset", "At Deforum's defaults and left out, because each …")
    : [];
  const parts = [...describeImportant(notes), ...idle, ...unset];
  return parts.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

/** Only what makes a difference. */
export function describeImportant(notes: readonly ImportNote[]): string[][] {
  return Object.entries(TITLES).flatMap(([kind, title]) => {
    const ofKind = notes.filter((note) => note.kind === kind);
    if (ofKind.length === 0) return [];
    return [[title, ...ofKind.map(({ location, field, reason }) => `  ${location} ${field}: ${reason}`)]];
  });
}

function describeGroups(notes: readonly ImportNote[], wanted: ImportNote["kind"], title: string): string[][] {
  const groups = new Map<string, string[]>();
  for (const { kind, field, reason } of notes) {
    if (kind === wanted) groups.set(reason, [...(groups.get(reason) ?? []), field]);
  }
  if (groups.size === 0) return [];
  const lines = [...groups].flatMap(([reason, fields]) => [`  ${reason}:`, ...wrap(fields)]);
  return [[title, ...lines]];
}

function wrap(fields: readonly string[]): string[] {
  const lines: string[] = [];
  let line = "   ";
  for (const [index, field] of fields.entries()) {
    const word = index < fields.length - 1 ? ` ${field},` : ` ${field}`;
    if (line.length + word.length > LINE) {
      lines.push(line);
      line = "   ";
    }
    line += word;
  }
  return [...lines, line];
}
