import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { interchangeFixture } from "../../test/support/interchange.ts";
import { isInterchange } from "./is-interchange.ts";

describe("isInterchange", () => {
  it.each([
    ["a settings file", interchangeFixture("example_settings.txt"), true],
    ["a broken settings file", '\ufeff\n{ "max_frames": 5,, ', true],
    ["a manifest", '{"options": {}, "rendered_frames": []}', true],
    ["a schedule of ours as JSON", '{"prompts": "x", "frames": 5, "motion": {"translation_x": 1}}', false],
    ["a schedule of ours in YAML", "prompts: x\nmotion: { translation_x: 1 }", false],
    ["JSON of something else", '{"name": "x"}', false],
  ])("tells %s", (_, text, expected) => {
    expect(isInterchange(text)).toBe(expected);
  });

  it.each(readdirSync("schedules").filter((file) => file.endsWith(".yaml")))(
    "leaves schedules/%s alone",
    (file) => {
      expect(isInterchange(readFileSync(`schedules/${file}`, "utf8"))).toBe(false);
    },
  );
});
