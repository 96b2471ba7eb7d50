/** A value of a settings file as notes show it. */

import { quoteShort } from "../settings/describe-value.ts";

/** Texts in quotes, cut when long; numbers and words as they are. */
export function shownValue(value: unknown): string {
  if (typeof value === "string") return quoteShort(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return value === null || value === undefined ? "none" : quoteShort(JSON.stringify(value));
}
