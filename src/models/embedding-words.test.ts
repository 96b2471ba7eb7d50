import { array, assert, constantFrom, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { splitAtWords } from "./embedding-words.ts";

describe("splitAtWords", () => {
  it.each<[words: string[], text: string, found: string[]]>([
    [["turquoise"], "a Turquoise cape, turquoise", ["turquoise", "turquoise"]],
    [["turquoise"], "turquoises aturquoise turquoise_2 türquoise", []],
    [["bad", "bad hands"], "bad hands, bad hand", ["bad hands", "bad"]],
    [["<cat-toy>"], "a<cat-toy>b <cat-toy >", ["<cat-toy>"]],
    [["a.b*c", "x(y"], "a.b*c aXbbc x(y", ["a.b*c", "x(y"]],
    [["größe"], "GRÖSSE größe Größe", ["größe", "größe"]],
    [[], "nothing to find", []],
    [["word"], "", []],
  ])("finds of %j in %j: %j", (words, text, found) => {
    const parts = splitAtWords(words)(text);
    expect(parts.flatMap(({ word }) => (word === undefined ? [] : [word]))).toEqual(found);
  });

  it("gives the whole text back, piece by piece", () => {
    const unit = constantFrom("a", "b", "<", ">", "-", ".", "*", "(", "[", "\\", " ");
    const word = string({ minLength: 1, maxLength: 4, unit });
    assert(
      property(array(word, { maxLength: 4 }), string({ unit }), (words, text) => {
        const parts = splitAtWords(words)(text);
        expect(parts.map((part) => part.text).join("")).toBe(text);
        expect(parts.length).toBeGreaterThan(0);
        for (const part of parts) {
          if (part.word !== undefined) expect(part.word.toLowerCase()).toBe(part.text.toLowerCase());
        }
      }),
    );
  });
});
