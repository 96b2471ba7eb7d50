/** Formula text → numbers, names and symbols, each with its place. */

import { ScheduleError } from "../errors.ts";
import { excerpt } from "../printable.ts";

export interface Token {
  readonly type: "number" | "duration" | "name" | "symbol" | "end";
  /** As written; empty at the end. */
  readonly text: string;
  /** Character offset in the formula. */
  readonly offset: number;
}

const BLANK = /[ \t\r\n]+/y;
// Python's: 12, 1_000, .5, 5., 1e-3, 0x10, 0b11, 0o17.
const NUMBER =
  /0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?/y;
// Seconds and beats: 2s, 1.5s, 4b. No name may follow a number, so nothing else is meant.
const DURATION = /\d+(?:\.\d+)?[sb](?![\w.])/y;
const NAME = /[A-Za-z_][A-Za-z_0-9]*/y;
const SYMBOL = /\*\*|<<|>>|<=|>=|==|!=|[-+*/%&|~<>(),]/y;

/** Symbols of other languages that begin like one of ours, and what to write here. */
const FOREIGN_PAIRS: ReadonlyMap<string, string> = new Map([
  ["&&", "write (a > 1) & (b > 2)"],
  ["||", "write (a > 1) | (b > 2)"],
  ["//", "write floor(a / b)"],
]);

const ONLY_NUMBERS = "formulas know numbers only";
const FOREIGN_SYMBOLS: ReadonlyMap<string, string> = new Map([
  ["^", "write ** for a power"],
  ["=", "compare with ==; a formula cannot assign"],
  ["!", "write ~(…) for not, != for unequal"],
  ["?", "write where(condition, yes, no)"],
  [":", "a formula has no colon; separate keys with commas: 0:(1), 30:(2)"],
  [";", "separate keys with commas: 0:(1), 30:(2)"],
  ["[", `${ONLY_NUMBERS}, no lists`],
  ["]", `${ONLY_NUMBERS}, no lists`],
  ["{", `${ONLY_NUMBERS}, no sets`],
  ["}", `${ONLY_NUMBERS}, no sets`],
  [".", "a formula has no properties; write functions, as in abs(t)"],
  ['"', `${ONLY_NUMBERS}; leave the quotes out`],
  ["'", `${ONLY_NUMBERS}; leave the quotes out`],
  ["\u2212", "write the minus sign as -"],
  ["\u2013", "write the minus sign as -"],
  ["×", "write * for a product"],
  ["÷", "write / for a quotient"],
]);

/** All tokens of the formula, the last one of type `end`. Throws ScheduleError at the first character that no formula has. */
export function tokenizeFormula(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let offset = 0;

  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = offset;
    return pattern.exec(text)?.[0];
  }

  while (offset < text.length) {
    const blank = match(BLANK);
    if (blank !== undefined) {
      offset += blank.length;
      continue;
    }
    const pairHint = FOREIGN_PAIRS.get(text.slice(offset, offset + 2));
    if (pairHint !== undefined) throw foreignSymbol(text.slice(offset, offset + 2), offset, pairHint);
    const token = durationToken() ?? numberToken() ?? nameToken() ?? symbolToken();
    tokens.push(token);
    offset += token.text.length;
  }
  tokens.push({ type: "end", text: "", offset });
  return tokens;

  function durationToken(): Token | undefined {
    const duration = match(DURATION);
    return duration === undefined ? undefined : { type: "duration", text: duration, offset };
  }

  function numberToken(): Token | undefined {
    const number = match(NUMBER);
    if (number === undefined) return undefined;
    const next = text.charAt(offset + number.length);
    if (/[\w.]/.test(next)) {
      throw new ScheduleError(
        `expected an operator after the number ${excerpt(number)}, found ${excerpt(next)}`,
        {
          offset: offset + number.length,
          hint: /[A-Za-z]/.test(next)
            ? `write a product as ${number.slice(0, 20)}*${next}`
            : "write numbers as 12, 0.5, 1e-3 or 0x10",
        },
      );
    }
    return { type: "number", text: number, offset };
  }

  function nameToken(): Token | undefined {
    const name = match(NAME);
    return name === undefined ? undefined : { type: "name", text: name, offset };
  }

  function symbolToken(): Token {
    const symbol = match(SYMBOL);
    if (symbol !== undefined) return { type: "symbol", text: symbol, offset };
    const character = String.fromCodePoint(text.codePointAt(offset)!);
    throw foreignSymbol(character, offset, FOREIGN_SYMBOLS.get(character));
  }
}

function foreignSymbol(symbol: string, offset: number, hint: string | undefined): ScheduleError {
  return new ScheduleError(`expected a number, a name or an operator, found ${excerpt(symbol)}`, {
    offset,
    hint: hint ?? "a formula is made of numbers, t, s, max_f, functions, + - * / % ** and comparisons",
  });
}
