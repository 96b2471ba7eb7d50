/** From characters to lines and columns, and from a value's characters back to those of the file. */

import type { Scalar } from "yaml";

/** Line and column of a character, both from 1; columns count UTF-16 units as editors do. */
export function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  const column = offset - (before.lastIndexOf("\n") + 1) + 1;
  return `${line}:${column}`;
}

/**
 * Where a character of a scalar's value stands in the file.
 *
 * Walks value and source side by side: white space of the source is folded, so only visible characters are matched; an escape in
 * double quotes and a doubled single quote are one character of the value. Exact for visible characters in plain, quoted and block
 * scalars.
 */
export function offsetInSource(text: string, scalar: Scalar, valueOffset: number): number {
  const [start, end] = scalar.range ?? [0, 0];
  const value = String(scalar.value);
  const isEscaped = scalar.type === "QUOTE_DOUBLE";
  let source = firstCharacter(text, scalar, start);
  for (let i = 0; i < Math.min(valueOffset, value.length);) {
    if (isBlank(value[i]!)) {
      if (isEscaped && BLANK_ESCAPE.test(text.slice(source, source + 2))) source += 2;
      i++;
      continue;
    }
    source = skipBlanks(text, source, end, isEscaped);
    const width = sourceWidth(text, source, scalar.type);
    source += width;
    // An escape such as \U0001F600 is two UTF-16 units of the value.
    i += value.codePointAt(i)! > 0xffff && width !== 1 ? 2 : 1;
  }
  return Math.min(skipBlanks(text, source, end, isEscaped), end);
}

/** Escapes that write white space. */
const BLANK_ESCAPE = /^\\[nrt ]$/;

function firstCharacter(text: string, scalar: Scalar, start: number): number {
  if (scalar.type === "QUOTE_DOUBLE" || scalar.type === "QUOTE_SINGLE") return start + 1;
  if (scalar.type === "BLOCK_LITERAL" || scalar.type === "BLOCK_FOLDED") {
    const headerEnd = text.indexOf("\n", start);
    return headerEnd === -1 ? start : headerEnd + 1;
  }
  return start;
}

/** @param isEscaped whether a backslash at the end of a line joins it to the next */
function skipBlanks(text: string, offset: number, end: number, isEscaped: boolean): number {
  let position = offset;
  while (position < end) {
    if (isBlank(text[position]!)) position++;
    else if (isEscaped && /^\\\r?\n/.test(text.slice(position, position + 3))) position += 2;
    else break;
  }
  return position;
}

function isBlank(character: string): boolean {
  return character === " " || character === "\n" || character === "\t" || character === "\r";
}

/** Characters of the source that make one character of the value. */
function sourceWidth(text: string, offset: number, type: Scalar["type"]): number {
  if (type === "QUOTE_SINGLE" && text.startsWith("''", offset)) return 2;
  if (type !== "QUOTE_DOUBLE" || text[offset] !== "\\") return 1;
  return ESCAPE_LENGTHS.get(text[offset + 1] ?? "") ?? 2;
}

const ESCAPE_LENGTHS: ReadonlyMap<string, number> = new Map([
  ["x", 4],
  ["u", 6],
  ["U", 10],
]);
