import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JsonScalar, offsetInJsonText, plainJson } from "./json-node.ts";
import { readJson } from "./json-reader.ts";

function read(text: string): unknown {
  const result = readJson(text);
  if ("mistake" in result) throw new Error(`${result.mistake.offset}: ${result.mistake.message}`);
  return plainJson(result.node);
}

function mistakeOf(text: string): { offset: number; message: string } {
  const result = readJson(text);
  if (!("mistake" in result)) throw new Error("expected a mistake");
  return result.mistake;
}

describe("readJson", () => {
  it("reads whatever JSON.parse reads, alike", () => {
    const json = fc.oneof(
      fc.json({ maxDepth: 5 }),
      fc.jsonValue().map((value) => JSON.stringify(value, null, 4)),
    );
    fc.assert(
      fc.property(json, (text) => {
        const expected: unknown = JSON.parse(text);
        fc.pre(!text.includes("__proto__"));
        expect(read(text)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["a comma at the end", '{"a": [1, 2,], }', { a: [1, 2] }],
    ["Python's words", "{'a': True, 'b': None, 'c': False}", { a: true, b: null, c: false }],
    ["numbers that are none", '{"a": NaN, "b": -Infinity}', { a: Number.NaN, b: -Infinity }],
    ["loose numbers", '{"a": .5, "b": 5., "c": +3}', { a: 0.5, b: 5, c: 3 }],
    ["comments", '{ // size\n"W": 512, # width\n/* and */ "H": 8 }', { W: 512, H: 8 }],
    ["a byte order mark", '\ufeff{"a": 1}', { a: 1 }],
    ["a line break inside a text", '{"a": "0:(1),\n30:(2)"}', { a: "0:(1),\n30:(2)" }],
    [
      "Windows' paths with single backslashes",
      String.raw`{"a": "C:\SD\my.png"}`,
      { a: String.raw`C:\SD\my.png` },
    ],
    ["a key given twice, of which the last counts", '{"a": 1, "a": 2}', { a: 2 }],
  ])("accepts %s", (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it("never makes a key of an object's innards", () => {
    expect(Object.getPrototypeOf(read('{"__proto__": {"x": 1}}'))).toBe(Object.prototype);
  });

  it.each([
    ["{", 1, "found the end of the file"],
    ['{"a" 1}', 5, "expected a colon after `a`, found `1`"],
    ['{"a": 1 "b": 2}', 8, 'expected a comma or }, found `"`'],
    ['{"a": hello}', 6, "expected a value, found `hello"],
    ['{"a": 12px}', 6, "expected a value, found `12p`"],
    ['{"a": "open', 6, "expected a closing quote"],
    [String.raw`{"a": "\u12"}`, 7, "four hexadecimal digits"],
    ['{"a": 1} x', 9, "expected the end of the file, found `x`"],
    ["", 0, "found an empty file"],
    ["[".repeat(100), 65, "at most 64 nested levels"],
    ['{"a": 1, b: 2}', 9, "expected a name in double quotes, found `b`"],
  ])("tells the place of the mistake in %j", (text, offset, message) => {
    const mistake = mistakeOf(text);
    expect(mistake.message).toContain(message);
    expect(mistake.offset).toBe(offset);
  });

  it("refuses what is longer than any settings file", () => {
    expect(mistakeOf(" ".repeat(8 * 1024 * 1024 + 1)).message).toContain("at most 8388608 characters");
  });

  it("reads a manifest of 8 MB in well under a second", () => {
    const frame = `{"frame": 1, ${Array.from({ length: 40 }, (_, i) => `"parameter_${i}": 0.123456${i}`).join(", ")}}`;
    const text = `{"rendered_frames": [${Array.from({ length: 6000 }, () => frame).join(",\n")}]}`;
    const start = process.cpuUsage();
    expect(readJson(text)).toHaveProperty("node");
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(1);
  });
});

describe("offsetInJsonText", () => {
  it("finds each character of a text in its source, escapes or not", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (value) => {
        const text = JSON.stringify(value);
        const result = readJson(text);
        if (!("node" in result)) throw new Error("expected a text");
        const node = result.node as JsonScalar;
        for (let i = 0; i < value.length; i++) {
          const source = text.slice(offsetInJsonText(text, node, i), -1);
          expect(JSON.parse(`"${source}"`)).toBe(value.slice(i));
        }
      }),
    );
  });
});
