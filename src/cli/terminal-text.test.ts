import { expect, it } from "vitest";
import { printable } from "./terminal-text.ts";

it("shows escape sequences instead of sending them", () => {
  expect(printable("a\u001b[2Jb\u0007")).toBe("a\\x1b[2Jb\\x07");
});

it("shows marks that turn the direction of text", () => {
  expect(printable("evil\u202egpj.exe")).toBe("evil\\u202egpj.exe");
});

it("leaves ordinary text, tabs and line feeds alone", () => {
  expect(printable("héros\t→ 2\n")).toBe("héros\t→ 2\n");
});
