import { expect, it } from "vitest";
import { excerpt, printable, printableJson, printableLines } from "./printable.ts";

it("shows escape sequences instead of sending them", () => {
  expect(printable("a\u001b[2Jb\u0007")).toBe("a\\u{1b}[2Jb\\u{7}");
});

it("shows marks that turn the direction of text, and zero-width ones", () => {
  expect(printable("evil\u202egpj.exe\u200b")).toBe("evil\\u{202e}gpj.exe\\u{200b}");
});

it("leaves ordinary text alone", () => {
  expect(printable("héros → 2 🦸")).toBe("héros → 2 🦸");
});

it("keeps lines only where lines are meant", () => {
  expect(printable("a\nb")).toBe("a\\u{a}b");
  expect(printableLines("a\nb\u001b")).toBe("a\nb\\u{1b}");
});

it("escapes in JSON what JSON lets through, and says the same", () => {
  const value = { a: "\u001b[2J \u009b2J \u007f \u202e \u2028 \u{e0041}" };
  const json = printableJson(JSON.stringify(value, null, 2));
  expect(json).toBe('{\n  "a": "\\u001b[2J \\u009b2J \\u007f \\u202e \\u2028 \\udb40\\udc41"\n}');
  expect(JSON.parse(json)).toEqual(value);
});

it("shortens a long text without cutting a character in two", () => {
  expect(excerpt("🦸".repeat(50))).toBe(`\`${"🦸".repeat(40)}…\``);
  expect(excerpt("sine")).toBe("`sine`");
});
