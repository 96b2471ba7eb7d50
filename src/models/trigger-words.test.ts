import { describe, expect, it } from "vitest";
import { triggerWords } from "./trigger-words.ts";

function words(metadata: Record<string, string>): string[] {
  return triggerWords(new Map(Object.entries(metadata)));
}

describe("triggerWords", () => {
  it("puts the phrase first, then tags by their count over all folders", () => {
    const ss_tag_frequency = JSON.stringify({ "10_a": { cape: 2, " sky": 5 }, "1_b": { cape: 4, hero: 1 } });
    expect(words({ "modelspec.trigger_phrase": "inkstyle, bold lines", ss_tag_frequency })).toEqual([
      "inkstyle",
      "bold lines",
      "cape",
      "sky",
      "hero",
    ]);
  });

  it("names each word once, no captions, and 20 at most", () => {
    const counts = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`tag${i}`, i]));
    const many = words({ ss_tag_frequency: JSON.stringify({ a: { ...counts, ["long ".repeat(20)]: 99 } }) });
    expect(many).toHaveLength(20);
    expect(many[0]).toBe("tag49");
    expect(words({ "modelspec.trigger_phrase": "x,x, ,x" })).toEqual(["x"]);
  });

  it.each(["", "{", "null", "[1, 2]", '{"a": 1}', '{"a": {"b": "much"}}', '{"a": [null]}'])(
    "takes nothing from %j",
    (ss_tag_frequency) => expect(words({ ss_tag_frequency })).toEqual([]),
  );
});
