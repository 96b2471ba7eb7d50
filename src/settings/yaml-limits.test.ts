import { describe, expect, it } from "vitest";

import { LIMITS } from "../limits.ts";
import { checkYamlLimits } from "./yaml-limits.ts";

describe("the gate before the YAML parser", () => {
  it.each([
    ["as many levels as are allowed", "[".repeat(LIMITS.yaml.depth - 2)],
    ["many brackets that are closed again", "prompts: [a]\nx: {b: 1}\n".repeat(1000)],
    ["brackets in quotes", `prompts: "${"[".repeat(1000)}"`],
    ["brackets in comments", `# ${"{".repeat(1000)}\nprompts: x`],
    ["brackets in block texts", `prompts: |\n  ${"[".repeat(1000)}\n`],
    ["many keys side by side", "a:\n  b: 1\n  c: 2\n".repeat(1000)],
    ["a long flat list", "- a\n".repeat(10_000)],
    ["tabs, line breaks and all of Unicode else", "prompts:\t\r\n  日本 é 😀 \u2028"],
  ])("lets %s pass", (_, text) => {
    expect(checkYamlLimits(text)).toBe(undefined);
  });

  it.each([
    ["brackets", "[".repeat(2000), 64],
    ["braces", "{".repeat(2000), 64],
    ["brackets behind a closing quote that hides closing ones", `["]]]]]]]]", `.repeat(100), 64 * 13],
    ["lists in lists on one line", "- ".repeat(2000), 128],
    ["explicit keys", "? ".repeat(2000), 128],
    [
      "indentation",
      Array.from({ length: 200 }, (_, level) => `${" ".repeat(level)}a:`).join("\n"),
      undefined,
    ],
  ])("stops %s", (_, text, offset) => {
    const problem = checkYamlLimits(text);
    expect(problem?.message).toBe("expected at most 64 nested levels, found more");
    if (offset !== undefined) expect(problem?.offset).toBe(offset);
  });

  it("counts bytes, not characters", () => {
    expect(checkYamlLimits("é".repeat(LIMITS.yaml.bytes / 2))).toBe(undefined);
    expect(checkYamlLimits("é".repeat(LIMITS.yaml.bytes / 2 + 1))?.message).toBe(
      "expected at most 262144 bytes, found 262146",
    );
  });

  it.each(["\u0000", "\u001b", "\u007f", "\ufeff"])(
    "stops the control character %j and says where",
    (character) => {
      expect(checkYamlLimits(`prompts: a${character}`)).toMatchObject({ offset: 10 });
    },
  );
});
