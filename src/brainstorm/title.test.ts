/** A title is words, whatever is written in it. */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SettingsError } from "../errors.ts";
import { readComposition } from "../prompt/composition.ts";
import { takeNetworkTags } from "../prompt/network-tags.ts";
import { readPromptText } from "../schedule/prompt-text.ts";
import { plainTitle, titleSlug } from "./title.ts";

describe("a title", () => {
  it.each([
    ["baby in a space suit", "baby in a space suit"],
    ['  "Baby" in\n a\tspace\u0000 suit\u202e ', '"Baby" in a space suit'],
    ["hero <lora:evil:9> (red:1.4) [blue|green]", "hero lora evil 9 red 1.4 blue green"],
    ["{title} {subject} `1/0` \\n", "title subject 1/0 n"],
    ["cats AND dogs BREAK birds --neg red", "cats and dogs break birds neg red"],
    ["Superman: Legacy", "Superman, Legacy"],
    ["a castle : 1.6", "a castle, 1.6"],
    ["ANDROID", "ANDROID"],
    ["🚀 to the 🌕", "🚀 to the 🌕"],
    ["宇宙の赤ちゃん", "宇宙の赤ちゃん"],
  ])("%j becomes the words %j", (written, words) => {
    expect(plainTitle(written)).toBe(words);
  });

  it.each(["", "   ", "<|>", "()[]{}", "\u200b\u200d"])("%j has no words and is refused", (written) => {
    expect(() => plainTitle(written)).toThrow(SettingsError);
    expect(() => plainTitle(written)).toThrow("expected a title with words, found none");
  });

  it("of 10,000 characters is refused", () => {
    expect(() => plainTitle("x".repeat(10_000))).toThrow(
      "expected a title of at most 300 characters, found 10000",
    );
  });

  it("never holds anything that a prompt reads as syntax, and stays itself when it is read again", () => {
    const noise = fc.stringMatching(/^[a-z<>:()[\]{}|\\`\-AND ]{1,80}$/);
    fc.assert(
      fc.property(fc.oneof(noise, fc.string({ unit: "binary", maxLength: 80 })), (written) => {
        let words: string;
        try {
          words = plainTitle(written);
        } catch (error) {
          expect(error).toBeInstanceOf(SettingsError);
          return;
        }
        expect(takeNetworkTags(words).tags).toEqual([]);
        expect(readComposition(words)).toEqual([{ text: words, weight: 1 }]);
        const context = { frames: 1, seed: 1, fps: 15 };
        expect(readPromptText(words)(0, context)).toEqual({ positive: words, negative: "" });
        expect(words).not.toMatch(/[()[\]{}<>|\\`\n]/);
        expect(plainTitle(words)).toBe(words);
      }),
      { numRuns: 200 },
    );
  });
});

describe("the folder of a title", () => {
  it.each([
    ["Baby in a Space Suit!", "baby-in-a-space-suit"],
    ["../../etc/passwd", "etc-passwd"],
    ["Ünïcödé", "unicode"],
    ["a".repeat(200), "a".repeat(60)],
  ])("%j is %s", (title, slug) => {
    expect(titleSlug(title)).toBe(slug);
  });

  it("has a name also where no letter is Latin, another one for another title", () => {
    expect(titleSlug("宇宙")).toMatch(/^title-[0-9a-f]{8}$/);
    expect(titleSlug("宇宙")).not.toBe(titleSlug("宇"));
  });
});
