/** The JSON header of a safetensors file, read by its fixed grammar so that hostile nesting, duplicates and odd names cannot hide. */

import { ModelError } from "../errors.ts";
import { printable } from "../printable.ts";
import { LIMITS } from "../limits.ts";

/** For files that break the format's rules. */
export const DOWNLOAD_AGAIN =
  "The file is damaged or was not copied completely: download it again and compare its size and sha256.";

/** An entry as it stands in the header; `begin` and `end` are bytes from the start of the data. */
export interface HeaderEntry {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** What a header says. */
export interface Header {
  readonly entries: readonly HeaderEntry[];
  /** Texts by key, as trainers write them; unchecked, so printed with care and never trusted. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Parses `{"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …, "__metadata__": {"key": "text"}}`.
 *
 * Own recursive descent instead of JSON.parse: the grammar has no recursion, so depth is bounded; duplicate names are seen; and no
 * name ever becomes an object property.
 *
 * @param where file, for errors
 * @throws ModelError with the position of the first character that does not fit
 */
export function parseSafetensorsHeader(text: string, where: string): Header {
  const cursor = new Cursor(text, where);
  const entries: HeaderEntry[] = [];
  const metadata = new Map<string, string>();
  const names = new Set<string>();
  cursor.members((name) => {
    if (names.has(name)) cursor.fail(`the name \`${name}\` appears twice`);
    names.add(name);
    if (names.size > LIMITS.safetensors.tensors)
      cursor.fail(`more than ${LIMITS.safetensors.tensors} tensors`);
    if (name === "__metadata__")
      cursor.members((key) => metadata.set(key, cursor.string(LIMITS.safetensors.metadataCharacters)));
    else entries.push(readEntry(cursor, name));
  });
  cursor.end();
  return { entries, metadata };
}

function readEntry(cursor: Cursor, name: string): HeaderEntry {
  let type: string | undefined;
  let dims: number[] | undefined;
  let offsets: number[] | undefined;
  cursor.members((field) => {
    if (field === "dtype" && type === undefined) type = cursor.name();
    else if (field === "shape" && dims === undefined) dims = cursor.integers();
    else if (field === "data_offsets" && offsets === undefined) offsets = cursor.integers();
    else cursor.fail(`unexpected field \`${field}\` of tensor \`${name}\``);
  });
  const [begin, end] = offsets ?? [];
  if (
    type === undefined ||
    dims === undefined ||
    begin === undefined ||
    end === undefined ||
    offsets?.length !== 2 ||
    begin > end
  ) {
    cursor.fail(`tensor \`${name}\` needs dtype, shape and data_offsets [begin, end] with begin ≤ end`);
  }
  return { name, type, dims, begin, end };
}

/** A position in the header text, and the few forms that may stand there. */
class Cursor {
  private position = 0;
  private readonly text: string;
  private readonly where: string;

  constructor(text: string, where: string) {
    this.text = text;
    this.where = where;
  }

  fail(problem: string): never {
    throw new ModelError(`the safetensors header is malformed at character ${this.position}: ${problem}`, {
      where: this.where,
      hint: DOWNLOAD_AGAIN,
    });
  }

  /** `{"name": value, …}`; `readValue` must consume the value. */
  members(readValue: (name: string) => void): void {
    this.expect("{");
    if (this.accept("}")) return;
    do {
      const name = this.name();
      this.expect(":");
      readValue(name);
    } while (this.accept(","));
    this.expect("}");
  }

  /** `[1, 2, …]`, whole numbers from 0 to 2^53 − 1. */
  integers(): number[] {
    const values: number[] = [];
    this.expect("[");
    if (this.accept("]")) return values;
    do values.push(this.integer());
    while (this.accept(","));
    this.expect("]");
    return values;
  }

  /** A short string of printable ASCII: names end up in messages on a terminal. */
  name(): string {
    const name = this.string(LIMITS.safetensors.nameCharacters);
    if (!/^[\x20-\x7e]+$/.test(name)) this.fail("a name that is empty or not printable ASCII");
    return name;
  }

  /** A JSON string; the bound keeps an unclosed quote from scanning megabytes. */
  string(maxLength: number): string {
    this.expect('"');
    const start = this.position;
    const limit = start + maxLength;
    let escaped = false;
    for (; this.position < limit; this.position++) {
      const character = this.text[this.position];
      if (character === undefined) this.fail("the text ends inside a string");
      if (escaped) escaped = false;
      else if (character === "\\") escaped = true;
      else if (character === '"') return this.unescape(this.text.slice(start, this.position++));
    }
    return this.fail("a string is too long");
  }

  end(): void {
    this.skipSpace();
    if (this.position !== this.text.length) this.fail("text after the closing brace");
  }

  private unescape(raw: string): string {
    try {
      return String(JSON.parse(`"${raw}"`));
    } catch {
      return this.fail("a string with an invalid character or escape");
    }
  }

  private integer(): number {
    this.skipSpace();
    const start = this.position;
    while (isDigit(this.text.charCodeAt(this.position))) this.position++;
    const digits = this.text.slice(start, Math.min(this.position, start + 17));
    const value = digits === "" ? NaN : Number(digits);
    if (!Number.isSafeInteger(value)) this.fail("expected a whole number from 0 to 2^53 − 1");
    return value;
  }

  private accept(character: string): boolean {
    this.skipSpace();
    if (this.text[this.position] !== character) return false;
    this.position++;
    return true;
  }

  private expect(character: string): void {
    if (!this.accept(character)) {
      this.fail(
        `expected ${character} and found ${printable(JSON.stringify(this.text[this.position] ?? "the end"))}`,
      );
    }
  }

  private skipSpace(): void {
    while (isSpace(this.text.charCodeAt(this.position))) this.position++;
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}
