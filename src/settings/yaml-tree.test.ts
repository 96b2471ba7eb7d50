import { describe, expect, it } from "vitest";

import { mistakesIn } from "../../test/support/settings-mistakes.ts";

describe("mistakes in YAML", () => {
  it.each([
    [
      "",
      "a.yaml:1:1: expected a mapping of settings, found an empty file\n    hint: write keys and values, such as prompts: a red balloon",
    ],
    [
      "# only a comment\n",
      "a.yaml:1:1: expected a mapping of settings, found an empty file\n    hint: write keys and values, such as prompts: a red balloon",
    ],
    [
      "a red balloon",
      'a.yaml:1:1: expected a mapping of settings, found text "a red balloon"\n    hint: write keys and values, such as prompts: a red balloon',
    ],
    [
      "\n- a\n",
      "a.yaml:2:1: expected a mapping of settings, found a list\n    hint: write keys and values, such as prompts: a red balloon",
    ],
    [
      "prompts: x\n\tfps: 1",
      "a.yaml:2:1: expected spaces before a key, found a tab\n    hint: replace the tab by spaces",
    ],
    [
      "prompts: x\n---\nprompts: y",
      "a.yaml:2:1: expected one animation in a file, found a second YAML document\n    hint: put it into its own file; animate renders several files one after the other",
    ],
    [
      "prompts: x\nmotion:\n  zoom: 0: (1), 30: (2)",
      'a.yaml:3:9: expected one value after the key, found more\n    hint: quote it: zoom: "0: (1), 30: (2)"',
    ],
    [
      'prompts: x\nmotion:\n  zoom: "max_f": (1), 0: (2)  # end',
      "a.yaml:3:9: expected one value after the key, found more\n    hint: quote it: zoom: '\"max_f\": (1), 0: (2)'",
    ],
    [
      "prompts: x\nmotion: { zoom: 0:(1), 30:(2), angle: 3 }",
      'a.yaml:2:17 motion.zoom: expected one schedule text, found it cut at its commas\n    hint: quote it: zoom: "0:(1), 30:(2)"',
    ],
    [
      "prompts:\n  0: a cat: white",
      'a.yaml:2:6: expected one value after the key, found more\n    hint: quote it: 0: "a cat: white"',
    ],
    [
      "prompts: `t` cats",
      'a.yaml:1:10: expected a value, found the reserved character `\n    hint: quote it: prompts: "`t` cats"',
    ],
    [
      'prompts: "a \\q"',
      "a.yaml:1:13: expected a known escape inside double quotes, found \\q\n    hint: write two backslashes for one, or use single quotes",
    ],
    [
      "prompts: !!js/function x",
      "a.yaml:1:10: expected plain YAML, found the tag !!js/function\n    hint: remove the tag",
    ],
    [
      "prompts: x\nfps: 1\nfps: 2",
      'a.yaml:3:1 fps: expected each key once, found "fps" again\n    hint: the first one is in line 2; remove one of them',
    ],
    [
      "prompts: x\nmotion: { zoom: { 0: 1, '0': 2 } }",
      'a.yaml:2:25 motion.zoom.0: expected each key once, found "0" again\n    hint: the first one is in line 2; remove one of them',
    ],
    [
      "prompts: x\n? [a]\n: 1",
      "a.yaml:2:3: expected the name of a setting or a frame as key, found a list, a mapping or an alias",
    ],
    [
      "prompts: x\n__proto__: { fps: 1 }",
      'a.yaml:2:1: expected the name of a setting or a frame as key, found text "__proto__"',
    ],
    ["prompts: x\n: 1", "a.yaml:2:1: expected the name of a setting or a frame as key, found empty text"],
    [
      "prompts: *p",
      "a.yaml:1:10 prompts: expected the alias of an earlier value, found *p, whose anchor is not set before it",
    ],
    [
      "prompts: &p { 0: *p }",
      "a.yaml:1:18 prompts.0: expected the alias of an earlier value, found *p, whose anchor contains it",
    ],
    [
      "prompts: a\u0007b",
      "a.yaml:1:11: expected text, found the control character U+0007\n    hint: save the file as UTF-8 text, or write the character as an escape in double quotes",
    ],
  ])("%j", (text, message) => {
    expect(mistakesIn(text)).toBe(message);
  });

  it("in a flow collection that is never closed is located at its end", () => {
    expect(mistakesIn("prompts: { 0: a\nfps: 5\n")).toMatch(
      /^a\.yaml:\d+:\d+: expected valid YAML, found a mistake: flow map/,
    );
  });

  it("is refused unread above 256 KB", () => {
    expect(mistakesIn(`prompts: ${"x".repeat(256 * 1024)}`)).toBe(
      "a.yaml:1:1: expected at most 262144 bytes, found 262153\n    hint: is this a schedule file? split very long schedules into several animations",
    );
  });

  it("is refused unread beyond 64 levels", () => {
    expect(mistakesIn(`prompts: ${"[".repeat(2000)}`)).toBe(
      "a.yaml:1:73: expected at most 64 nested levels, found more\n    hint: settings nest at most 4 levels deep; look for brackets that are never closed",
    );
  });

  it("lists the first 100 mistakes of a damaged file, quickly", () => {
    const damaged = [
      `prompts: x\n${Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join("\n")}`,
      "a: 1\n".repeat(40_000),
      `prompts: {${"a,".repeat(120_000)}}`,
    ];
    const start = process.cpuUsage();
    for (const text of damaged) {
      expect(mistakesIn(text).match(/^a\.yaml:/gm)).toHaveLength(100);
    }
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(10);
  });

  it("is refused beyond 20 aliases, once", () => {
    const aliases = Array.from({ length: 30 }, (_, index) => `  ${index}: *p`).join("\n");
    expect(mistakesIn(`negative_prompt: &p x\nprompts:\n${aliases}`)).toBe(
      "a.yaml:23:7 prompts.20: expected at most 20 aliases, found more\n    hint: write the values out",
    );
  });
});
