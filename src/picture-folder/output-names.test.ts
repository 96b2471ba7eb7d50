import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outputNames } from "./output-names.ts";

describe("names of results", () => {
  it("are those of the pictures, with the extension of the results", () => {
    expect(outputNames(["a.JPG", "b/c.d.webp", "-x 100%.png"], ".png")).toEqual([
      "a.png",
      "b/c.d.png",
      "-x 100%.png",
    ]);
  });

  it.each<[string[], string, string[]]>([
    [["a.jpg", "a.png"], ".png", ["a.jpg.png", "a.png"]],
    [["a.jpg", "a.png"], ".webp", ["a.jpg.webp", "a.png.webp"]],
    [["A.png", "a.png"], ".png", ["A.png", "a.png.png"]],
    [["a.jpg", "a.jpg.webp", "a.png"], ".png", ["a.jpg-2.png", "a.jpg.png", "a.png"]],
    [["x/a.jpg", "y/a.jpg"], ".png", ["x/a.png", "y/a.png"]],
  ])("tell pictures of one name apart: %j as %s", (names, extension, expected) => {
    expect(outputNames(names, extension)).toEqual(expected);
  });

  it("are each there once, whatever the names, also where case does not count", () => {
    const stem = fc.constantFrom("a", "A", "a.jpg", "a.png", "b", "a-2", "a.jpg-2");
    const name = fc
      .tuple(stem, fc.constantFrom(".png", ".jpg", ".webp", ".PNG"))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { maxLength: 12 }),
        fc.constantFrom(".png", ".jpg"),
        (names, extension) => {
          const results = outputNames(names, extension).map((result) => result.toLowerCase());
          expect(new Set(results).size).toBe(names.length);
          expect(results.every((result) => result.endsWith(extension))).toBe(true);
        },
      ),
    );
  });
});
