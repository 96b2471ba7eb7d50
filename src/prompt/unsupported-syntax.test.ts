import { describe, expect, it } from "vitest";
import { ScheduleError } from "../errors.ts";
import { refuseUnsupportedSyntax } from "./unsupported-syntax.ts";

// The prompts are those that the stable-diffusion-webui 1.10 family was asked to parse; it changes the words of the first groups over the
// steps, composes the second, loads files for the third, and reads the last as plain text.
const editing = [
  "a [b:3]",
  "a [b: 3]",
  "a [b:3 ]",
  "a [[[b]]:2]",
  "[(a:2):3]",
  "a [b : c : 1] d",
  "a[b:[c:d:2]:1]e",
  "a [b:.5] c",
  "((a][:b:c [d:3]",
  "[a::0.5] b",
  "[:a:0.5] b",
  "[a:b:0.5]",
  "[a:b:0.25] and [c:d:0.75]",
  "[a:b:0]",
  "[a:b:1]",
  "[a:b:1.0]",
  "[a:b:20]",
  "[a:b:25]",
  "[a:b:-1]",
  "[a:b:0.0]",
  "[a:b:0.999]",
  "(a:[b:c:0.5])",
  "([a:b:0.5]:1.3)",
  "[from:to:8] BREAK x",
  "fantasy landscape with a [mountain:lake:0.25] and [an oak:a christmas tree:0.75][ in foreground::0.6]",
];
const alternating = [
  "[a|(b:1.1)]",
  "[fe|]male",
  "[fe|||]male",
  "[cow|horse] in a field",
  "[a|b|c]",
  "[a|[b|c]]",
  "[[a|b]:c:0.5]",
  "[a:[b|c]:0.5]",
];
const composed = [
  "a AND b",
  "a :1.2 AND b :0.5",
  "a AND",
  "AND",
  "(a:1.2) AND b",
  "a AND b AND a",
  "line one\nline two :0.7 AND z",
];
const weighed = ["a:1.5", "a:b:0.5", "[a:b:0.5", "a hero : -.5 "];
const networks = [
  "a <lora:name:0.8> b",
  "<lora:name>",
  "<hypernet:h:0.3>",
  "<LORA:x:1>",
  "<lora:my lora v1.2:0.7> text",
  "(<lora:n:0.5> a:1.2)",
  "[<lora:x:1>:b:0.5]",
];
const plain = [
  "",
  "test",
  "a [unbalanced",
  "a [{b|d{:.5] c",
  "\\[a:b:0.5\\]",
  "a [b:c] d",
  "[a:b:c:0.5]",
  "aANDb",
  "a and b",
  "(a|b:1.2)",
  "(words:1.3)",
  "[words]",
  "an aspect of 16\\:9",
  "no tag <b> here",
  "< lora:x:1>",
  "a BREAK b",
];

describe("refuseUnsupportedSyntax", () => {
  it.each(editing)("refuses prompt editing in %s", (prompt) => {
    expect(() => refuseUnsupportedSyntax(prompt)).toThrow(/prompt editing, .* comes in a later version/);
  });
  it.each(alternating)("refuses alternating words in %s", (prompt) => {
    expect(() => refuseUnsupportedSyntax(prompt)).toThrow(/alternating words, .* comes in a later version/);
  });
  it.each(composed)("refuses AND in %s", (prompt) => {
    expect(() => refuseUnsupportedSyntax(prompt)).toThrow(/AND composition/);
  });
  it.each(weighed)("refuses a weight for the whole prompt in %s", (prompt) => {
    expect(() => refuseUnsupportedSyntax(prompt)).toThrow(/a weight for the whole prompt/);
  });
  it.each(networks)("refuses the network tag in %s", (prompt) => {
    expect(() => refuseUnsupportedSyntax(prompt)).toThrow(/network tag `</);
  });
  it.each(plain)("passes %j", (prompt) => {
    expect(() => refuseUnsupportedSyntax(prompt)).not.toThrow();
  });

  it("says what to do instead", () => {
    expect.assertions(2);
    try {
      refuseUnsupportedSyntax("a <lora:hero:0.8>");
    } catch (error) {
      expect(error).toBeInstanceOf(ScheduleError);
      expect(error).toHaveProperty("hint", "remove the tag");
    }
  });

  it.each(["<a:", "[:1", "[x:" + "1".repeat(500), ":1", "[ :  ", "(|", "\\["])(
    "reads 200,000 characters of %j within a second",
    (unit) => {
      const prompt = `${unit.repeat(200_000 / unit.length)}]x`;
      const start = performance.now();
      try {
        refuseUnsupportedSyntax(prompt);
      } catch (error) {
        expect(error).toBeInstanceOf(ScheduleError);
      }
      expect(performance.now() - start).toBeLessThan(1000);
    },
  );
});
