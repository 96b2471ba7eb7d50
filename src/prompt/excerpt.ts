/** The beginning of a text, short enough for an error message. */

const LENGTH = 40;

export function excerpt(text: string): string {
  return text.length > LENGTH ? `${text.slice(0, LENGTH)}…` : text;
}
