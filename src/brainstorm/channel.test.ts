/** Channels: those that come with the package, and every mistake at its line and column. */

import { describe, expect, it } from "vitest";
import { SettingsError } from "../errors.ts";
import { describeChannel, listChannels, parseChannel, readChannel } from "./channel.ts";

function problemsOf(text: string): string[] {
  try {
    parseChannel("retro.yaml", text);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as SettingsError).problems.map(
      ({ location, path, message }) => `${location} ${path}: ${message}`,
    );
  }
  return [];
}

describe("the channels of the package", () => {
  it("are all right, say what they are, and have at least six templates and two styles", async () => {
    const names = await listChannels();
    expect(names).toEqual(["cinematic", "photo", "retro", "storybook"]);
    for (const name of names) {
      const { templates, styles } = await readChannel(name);
      expect(templates.length).toBeGreaterThanOrEqual(6);
      expect(styles.length).toBeGreaterThanOrEqual(2);
      expect(await describeChannel(name)).toMatch(/^[A-Z].{20,120}\.$/);
    }
  });

  it("are suggested for a slip of the pen", async () => {
    await expect(readChannel("cinematik")).rejects.toThrow("did you mean cinematic?");
    await expect(readChannel("xyzzy")).rejects.toThrow("there are cinematic, photo, retro, storybook");
    await expect(readChannel("nowhere/channel.yaml")).rejects.toThrow("no such file");
  });
});

describe("a channel file", () => {
  it("needs nothing but a template", () => {
    const channel = parseChannel("mine.yaml", 'templates: ["{title} at night"]');
    expect(channel.templates).toEqual([{ text: "{title} at night", location: "mine.yaml:1:13" }]);
    expect(channel.styles.map(({ text }) => text)).toEqual(["{prompt}"]);
  });

  it("may have any setting that decides a picture, tags and weights in templates, and a byte order mark", () => {
    const text = `\ufefftemplates: ["(a photo:1.2) of {title} <lora:cape:0.5>"]
sampling: { ancestral_eta: 0.5 }
loras: [{ name: cape, weight: 0.4 }]
thumbnails: { count: 5 }
`;
    expect(problemsOf(text)).toEqual([]);
    expect(parseChannel("mine.yaml", text).tree.value).toMatchObject({ thumbnails: { count: 5 } });
  });

  it("tells every mistake, each at its place", () => {
    const text = `templates:
  - "{title} and {titel}"
  - no placeholder
  - 7
styles:
  wild: "{prompt|other}"
subjects: [a, b]
steps: many
motion: { zoom: 2 }
templtes: []
`;
    expect(problemsOf(text)).toEqual([
      "retro.yaml:2:18 templates.0: expected {title} or {subject}, found `{titel}`",
      "retro.yaml:3:5 templates.1: expected {title} or {subject} in the text, found `no placeholder`",
      "retro.yaml:4:5 templates.2: expected a text of at most 2000 characters, found 7",
      "retro.yaml:6:10 styles.wild: expected {prompt}, found `{prompt|other}`",
      "retro.yaml:7:11 subjects: expected a mapping of at most 200 names to texts, found a list",
      "retro.yaml:8:8 steps: expected a known name, found `many`",
      'retro.yaml:9:1 motion: expected a setting that decides a single picture, found "motion"',
      'retro.yaml:10:1 templtes: expected the name of a setting, found "templtes"',
    ]);
  });

  it.each([
    ["", "an empty file"],
    ["- a", "a list"],
    ["templates: []", "expected a list of 1 to 200 texts, found an empty list"],
    [`templates: ["${"x".repeat(3000)}{title}"]`, "expected a text of at most 2000"],
    ["templates: { a: b }", "expected a list of 1 to 200 texts"],
    ["[".repeat(5000), "retro.yaml:1:"],
    ["templates: ['{title}']\ntemplates: ['{title}']", "expected each key once"],
    ["templates: ['{title}']\n__proto__: 1", "expected the name of a setting"],
  ])("%j is refused with a sentence", (text, sentence) => {
    expect(problemsOf(text).join("\n")).toContain(sentence);
  });
});
