/** JSON text → values with their places, as forgiving as hand-edited settings files need: Python's words, comments, loose commas. */

import { LIMITS } from "../limits.ts";
import { excerpt } from "../printable.ts";
import type { JsonEntry, JsonNode, JsonScalar } from "./json-node.ts";

/** The first thing in a text that is no JSON. */
export interface JsonMistake {
  /** Character in the text. */
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/**
 * Reads a JSON text. Beyond JSON it accepts what Python writes and people leave behind: a byte order mark, comments as in C and in shells,
 * commas at the end of lists, single quotes, line breaks inside texts, True, False, None, NaN, Infinity, `.5`, `5.` and `+5`. Of keys that
 * stand twice the last counts.
 *
 * @returns the value, or the first mistake; never throws, takes time linear in the length
 */
export function readJson(text: string): { readonly node: JsonNode } | { readonly mistake: JsonMistake } {
  if (text.length > LIMITS.settings.jsonCharacters) {
    const message = `expected at most ${LIMITS.settings.jsonCharacters} characters, found ${text.length}`;
    return { mistake: { offset: 0, message, hint: "is this a settings file?" } };
  }
  try {
    return { node: new JsonReader(text).read() };
  } catch (error) {
    if (error instanceof FoundMistake) return { mistake: error.mistake };
    throw error;
  }
}

/** How a mistake leaves the depth of the reader. */
class FoundMistake extends Error {
  readonly mistake: JsonMistake;

  constructor(mistake: JsonMistake) {
    super(mistake.message);
    this.mistake = mistake;
  }
}

const BLANKS_AND_COMMENTS = /(?:[\s\ufeff]+|\/\/[^\n]*|#[^\n]*|\/\*[^]*?\*\/)+/y;
const WORD = /[+-]?[A-Za-z_]+/y;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
/** The inside of a text up to an escape or the end. */
const PLAIN = { '"': /[^"\\]*/y, "'": /[^'\\]*/y } as const;

const WORDS: ReadonlyMap<string, number | boolean | null> = new Map<string, number | boolean | null>([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["null", null],
  ["None", null],
  ["NaN", Number.NaN],
  ["nan", Number.NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["b", "\b"],
  ["f", "\f"],
]);

/** One walk over a text; a class because the walk shares its place and counters. */
class JsonReader {
  readonly #text: string;
  #offset = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonNode {
    this.#skip();
    if (this.#offset === this.#text.length) throw this.#mistake("expected JSON, found an empty file");
    const node = this.#node(0);
    this.#skip();
    if (this.#offset < this.#text.length) {
      throw this.#mistake(`expected the end of the file, found ${this.#found()}`);
    }
    return node;
  }

  #node(depth: number): JsonNode {
    if (++this.#values > LIMITS.settings.jsonValues)
      throw this.#mistake(`expected at most ${LIMITS.settings.jsonValues} values, found more`);
    if (depth > LIMITS.settings.jsonDepth)
      throw this.#mistake(`expected at most ${LIMITS.settings.jsonDepth} nested levels, found more`);
    const first = this.#text[this.#offset];
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#list(depth);
    if (first === '"' || first === "'") return this.#quoted(first);
    return this.#bare();
  }

  #object(depth: number): JsonNode {
    const start = this.#offset++;
    const entries = new Map<string, JsonEntry>();
    const repeated: { key: string; offset: number }[] = [];
    for (this.#skip(); this.#text[this.#offset] !== "}"; this.#comma("}", start)) {
      const offset = this.#offset;
      const quote = this.#text[offset];
      if (quote !== '"' && quote !== "'") {
        throw this.#mistake(`expected a name in double quotes, found ${this.#found()}`, start);
      }
      const key = String(this.#quoted(quote).value);
      this.#skip();
      if (this.#text[this.#offset] !== ":") {
        throw this.#mistake(`expected a colon after ${excerpt(key)}, found ${this.#found()}`);
      }
      this.#offset++;
      this.#skip();
      if (entries.has(key)) repeated.push({ key, offset });
      entries.set(key, { offset, node: this.#node(depth + 1) });
    }
    this.#offset++;
    return { kind: "object", start, entries, repeated };
  }

  #list(depth: number): JsonNode {
    const start = this.#offset++;
    const items: JsonNode[] = [];
    for (this.#skip(); this.#text[this.#offset] !== "]"; this.#comma("]", start))
      items.push(this.#node(depth + 1));
    this.#offset++;
    return { kind: "list", start, items };
  }

  /** The comma after a value, or nothing before the end. */
  #comma(end: "}" | "]", start: number): void {
    this.#skip();
    if (this.#text[this.#offset] === ",") this.#offset++;
    else if (this.#text[this.#offset] !== end) {
      throw this.#mistake(`expected a comma or ${end}, found ${this.#found()}`, start);
    }
    this.#skip();
  }

  #quoted(quote: '"' | "'"): JsonScalar {
    const text = this.#text;
    const start = this.#offset;
    const plain = PLAIN[quote];
    const parts: string[] = [];
    let offset = start + 1;
    for (;;) {
      plain.lastIndex = offset;
      parts.push(plain.exec(text)![0]);
      offset = plain.lastIndex;
      if (offset >= text.length) throw this.#unclosed(start);
      if (text[offset] === quote) break;
      const [character, length] = this.#escape(offset);
      parts.push(character);
      offset += length;
    }
    this.#offset = offset + 1;
    return { kind: "scalar", start, end: offset + 1, value: parts.join("") };
  }

  /** The character that an escape stands for, and the escape's length. */
  #escape(offset: number): readonly [string, number] {
    const code = this.#text[offset + 1];
    if (code === undefined) throw this.#unclosed(offset);
    if (code !== "u") {
      // A Windows path with single backslashes stays readable: \S is no escape and stands for itself.
      const known = ESCAPES.get(code) ?? (/["'\\/]/.test(code) ? code : `\\${code}`);
      return [known, 2];
    }
    const digits = this.#text.slice(offset + 2, offset + 6);
    if (!/^[\da-fA-F]{4}$/.test(digits)) {
      this.#offset = offset;
      throw this.#mistake(`expected four hexadecimal digits after \\u, found ${excerpt(digits)}`);
    }
    return [String.fromCharCode(Number.parseInt(digits, 16)), 6];
  }

  #bare(): JsonScalar {
    const start = this.#offset;
    WORD.lastIndex = start;
    NUMBER.lastIndex = start;
    const source = WORD.exec(this.#text)?.[0] ?? NUMBER.exec(this.#text)?.[0];
    if (source === undefined) throw this.#mistake(`expected a value, found ${this.#found()}`);
    const end = start + source.length;
    const value = /\d|\./.test(source) ? Number(source) : WORDS.get(source);
    if (value === undefined || /[\w.]/.test(this.#text[end] ?? "")) {
      throw this.#mistake(
        `expected a value, found ${excerpt(this.#text.slice(start, end + 1))}`,
        undefined,
        "put texts into double quotes",
      );
    }
    this.#offset = end;
    return { kind: "scalar", start, end, value };
  }

  #skip(): void {
    BLANKS_AND_COMMENTS.lastIndex = this.#offset;
    if (BLANKS_AND_COMMENTS.test(this.#text)) this.#offset = BLANKS_AND_COMMENTS.lastIndex;
  }

  #found(): string {
    const character = this.#text.codePointAt(this.#offset);
    return character === undefined ? "the end of the file" : excerpt(String.fromCodePoint(character));
  }

  #unclosed(start: number): FoundMistake {
    this.#offset = start;
    return this.#mistake(
      `expected a closing quote for ${excerpt(this.#text.slice(start, start + 60))}, found the end of the file`,
      undefined,
      "close the quote",
    );
  }

  /** @param opened where the bracket stands that is still open */
  #mistake(message: string, opened?: number, hint?: string): FoundMistake {
    const brackets = "commas stand between values, and brackets have to be closed";
    const opening =
      opened === undefined
        ? ""
        : `; the ${excerpt(this.#text.charAt(opened))} is in line ${this.#line(opened)}`;
    return new FoundMistake({
      offset: Math.min(this.#offset, this.#text.length),
      message,
      hint: hint ?? brackets + opening,
    });
  }

  #line(offset: number): number {
    return this.#text.slice(0, offset).split("\n").length;
  }
}
