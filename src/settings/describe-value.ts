/** A value in the words of an error: `text "abc"`, `500`, `a list`. */

const MAX_SHOWN = 60;

/** Short words for what was found, on one line and without control characters. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "string") return value === "" ? "empty text" : `text ${quoteShort(value)}`;
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "number" || typeof value === "boolean" ? String(value) : typeof value;
}

/** The text in double quotes, control characters escaped, cut when long. */
export function quoteShort(text: string): string {
  const shown = JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
  // JSON leaves these as they are; a terminal would act on them.
  return shown.replace(/[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
