/** A value in the words of an error: `text "abc"`, `500`, `a list`. */

import { printable } from "../printable.ts";

const MAX_SHOWN = 60;

/** Short words for what was found, on one line and without control characters. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "string") return value === "" ? "empty text" : `text ${quoteShort(value)}`;
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "number" || typeof value === "boolean" ? String(value) : typeof value;
}

/** The text in double quotes, control characters escaped, cut when long. */
export function quoteShort(text: string): string {
  return printable(JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text));
}
