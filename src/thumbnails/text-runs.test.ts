/** The order in which text is seen, against what the Unicode Bidirectional Algorithm gives. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { visualRuns } from "./text-runs.ts";

/** Runs from left to right, those from right to left in angle brackets, in reading order. */
function seen(line: string): string {
  return visualRuns(line)
    .map(({ text, direction }) => (direction === "rtl" ? `<${text}>` : text))
    .join("|");
}

function sorted(text: string): string {
  return Array.from(text).toSorted().join("");
}

describe("runs of text", () => {
  it.each([
    ["one run from left to right", "I flew 30 days!", "I flew 30 days!"],
    ["one run from right to left", "שלום עולם", "<שלום עולם>"],
    ["Hebrew within English", "say שלום now", "say |<שלום>| now"],
    ["two words of Hebrew within English", "say שלום עולם now", "say |<שלום עולם>| now"],
    ["English within Hebrew", "אני love אתה", "< אתה>|love|<אני >"],
    ["a number within Hebrew", "יום 30 טוב", "< טוב>|30|<יום >"],
    ["a number behind Hebrew in English", "a שלום 30 b", "a |30|<שלום >| b"],
    ["signs at the end of Hebrew", "שלום!", "<שלום!>"],
    ["signs at the end of English", "hello!", "hello!"],
    ["marks with their letter", "שָׁלוֹם a", "a|<שָׁלוֹם >"],
    ["signs alone", "?! 5", "?! 5"],
    ["Arabic", "سلام 2024", "2024|<سلام >"],
  ])("%s", (_title, line, expected) => {
    expect(seen(line)).toBe(expected);
  });

  it("hold every character once, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), (line) => {
        const runs = visualRuns(line);
        expect(sorted(runs.map(({ text }) => text).join(""))).toBe(sorted(line));
      }),
      { numRuns: 30 },
    );
  });
});
