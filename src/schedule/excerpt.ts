/** The user's own text as it is shown inside an error: short, on one line, without characters that could steer a terminal. */

const MAX_LENGTH = 40;
// Controls (C0, C1), zero-width and direction marks, line separators, lone surrogates.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** `sine`, in backticks; at most 40 characters. */
export function excerpt(text: string): string {
  const characters = Array.from(text.slice(0, 2 * MAX_LENGTH + 2));
  const short =
    characters.length > MAX_LENGTH ? `${characters.slice(0, MAX_LENGTH).join("")}…` : characters.join("");
  return `\`${short.replace(UNPRINTABLE, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`)}\``;
}
