import { describe, expect, it } from "vitest";

import { SettingsError } from "../errors.ts";
import { readSetFlag } from "./overrides.ts";

describe("a --set flag", () => {
  it.each([
    ["motion.zoom=1.02", "motion.zoom", 1.02],
    ["motion.zoom = -1e-3 ", "motion.zoom", -0.001],
    ["motion.translation_x=0:(0), 30:(15)", "motion.translation_x", "0:(0), 30:(15)"],
    ["strength=0.5+0.1*sin(t==3)", "strength", "0.5+0.1*sin(t==3)"],
    ["motion.perspective_flip=true", "motion.perspective_flip", true],
    ["prompts=a cat: white", "prompts", "a cat: white"],
    ["prompts.30=7", "prompts.30", "7"],
    ["name=2026", "name", "2026"],
    ["negative_prompt={not a mapping}", "negative_prompt", "{not a mapping}"],
    ["motion.zoom={ 0: 1, 2s: 1.1 }", "motion.zoom", { 0: 1, "2s": 1.1 }],
    ["prompts={ 0: a, 30: b }", "prompts", { 0: "a", 30: "b" }],
  ])("%s is read", (flag, path, value) => {
    expect(readSetFlag(flag)).toEqual({ path, value, location: `--set ${path}` });
  });

  it.each([
    ["motion.zoom", '--set: expected a path and a value such as motion.zoom=1.02, found text "motion.zoom"'],
    ["=5", '--set: expected a path and a value such as motion.zoom=1.02, found text "=5"'],
    [
      "motion.zoom={ 0: 1, 0: 2 }",
      '--set motion.zoom: expected each key once, found "0" again\n    hint: the first one is in line 1; remove one of them',
    ],
  ])("%s is refused", (flag, message) => {
    expect(() => readSetFlag(flag)).toThrow(expect.objectContaining({ constructor: SettingsError, message }));
  });
});
