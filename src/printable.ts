/** Text from files and flags on its way into a message or onto a terminal. */

/** Controls (C0, C1), zero-width and direction marks, line separators, lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Of them what JSON does not escape. */
const STEERING = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;
const MAX_EXCERPT = 40;
const MAX_NAME = 160;

/** `text` on one line with every character escaped that a terminal might act on, so that no file can move the cursor or hide a line. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** The same of a name or the path of a setting, which are short: what is longer is cut. */
export function printableName(text: string): string {
  return printable(text.length > MAX_NAME ? `${text.slice(0, MAX_NAME)}…` : text);
}

/** The same as {@link printable}, but lines stay lines. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/**
 * JSON on its way to a terminal or a program that shows it: the same values, with the characters escaped that JSON itself lets through and a terminal
 * might act on. Line breaks between values stay.
 *
 * @param json as `JSON.stringify` gives it
 */
export function printableJson(json: string): string {
  return json.replace(STEERING, (characters) =>
    Array.from({ length: characters.length }, (_, i) => {
      return `\\u${characters.charCodeAt(i).toString(16).padStart(4, "0")}`;
    }).join(""),
  );
}

/** The beginning of a user's text as it is shown inside an error: printable, in backticks, at most 40 characters. */
export function excerpt(text: string): string {
  const characters = Array.from(text.slice(0, 2 * MAX_EXCERPT + 2));
  const short =
    characters.length > MAX_EXCERPT ? `${characters.slice(0, MAX_EXCERPT).join("")}…` : characters.join("");
  return `\`${printable(short)}\``;
}
