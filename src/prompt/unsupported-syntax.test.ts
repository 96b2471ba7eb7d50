import { describe, expect, it } from "vitest";
import { ScheduleError } from "../errors.ts";
import { refuseUnsupportedSyntax } from "./unsupported-syntax.ts";

// The web UI loads files for these.
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
  "\\[a:b:0.5\\]",
  "(words:1.3)",
  "no tag <b> here",
  "< lora:x:1>",
  "a BREAK b",
];

describe("refuseUnsupportedSyntax", () => {
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

  it.each(["<a:", "[:1", "\\["])("reads 200,000 characters of %j within a second", (unit) => {
    const prompt = `${unit.repeat(200_000 / unit.length)}]x`;
    const start = performance.now();
    refuseUnsupportedSyntax(prompt);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
