/** Titles without what nobody sees. */
import { describe, expect, it } from "vitest";
import { titleLines } from "./clean-title.ts";

describe("lines of a title", () => {
  it.each([
    ["one line, spaces put together", "  HE \t CAN   FLY ", ["HE CAN FLY"]],
    ["line breaks of every system", "a\nb\r\nc\rd\u2028e\u0085f", ["a", "b", "c", "d", "e", "f"]],
    ["no empty lines", "\n\n a \n \n", ["a"]],
    ["nothing", " \n\t\u200b\ufeff ", []],
    ["no controls and escapes", "a\u0000b\u001b[31mc\u007f\u009b", ["ab[31mc"]],
    ["no marks that turn text around", "a\u202eb\u2066c\u200f\u200ed", ["abcd"]],
    ["no halves of characters", "a\ud83db\ude00", ["ab"]],
    ["letters with their marks in one", "e\u0301", ["\u00e9"]],
    ["markup as it is: it is drawn, not read", "<script>&amp;", ["<script>&amp;"]],
  ])("%s", (_title, text, lines) => {
    expect(titleLines(text)).toEqual(lines);
  });
});
