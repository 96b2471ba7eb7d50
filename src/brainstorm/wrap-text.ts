/** Text in lines of a width, for labels. */

import { textWidth, writable } from "../thumbnails/glyphs.ts";

const ELLIPSIS = "...";

/**
 * The text in at most `lines` lines of at most `width` pixels, broken at spaces, words that are too long anywhere. What does not fit ends in
 * an ellipsis; characters without a glyph are left out.
 *
 * @param height of a digit, pixels
 */
export function wrapText(text: string, width: number, height: number, lines: number): string[] {
  const fits = (line: string) => textWidth(line, height) <= width;
  const wrapped: string[] = [];
  let line = "";
  // Longer than any label is: the rest would only be measured to be thrown away.
  const words = writable(text.slice(0, 4000))
    .split(" ")
    .flatMap((word) => cutWord(word, fits));
  for (const word of words) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (fits(longer)) {
      line = longer;
      continue;
    }
    if (wrapped.length === lines - 1) return [...wrapped, shorten(line, fits)];
    wrapped.push(line);
    line = word;
  }
  return line === "" ? wrapped : [...wrapped, line];
}

function cutWord(word: string, fits: (line: string) => boolean): string[] {
  const pieces: string[] = [];
  let rest = word;
  while (rest !== "" && !fits(rest)) {
    let length = 1;
    while (fits(rest.slice(0, length + 1))) length++;
    pieces.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return rest === "" ? pieces : [...pieces, rest];
}

function shorten(line: string, fits: (line: string) => boolean): string {
  let start = line;
  while (start !== "" && !fits(start + ELLIPSIS)) start = start.slice(0, -1);
  return start.trimEnd() + ELLIPSIS;
}
