import { describe, expect, test } from "vitest";

import { ScheduleError } from "../errors.ts";
import { parseTextSchedule, type TextScheduleSource } from "./text-schedule.ts";

const context = { frames: 6, seed: 2, fps: 2 };

describe("a text holds until the next key", () => {
  test.each<readonly [string, TextScheduleSource, readonly string[]]>([
    ["one text is for all frames", "a hero", Array(6).fill("a hero")],
    [
      "one text may have commas, colons and quotes",
      `the hero: don't stop, "ever"`,
      Array(6).fill(`the hero: don't stop, "ever"`),
    ],
    [
      "Deforum's keys",
      `0: ("Euler a"), 3: ('DDIM')`,
      ["Euler a", "Euler a", "Euler a", "DDIM", "DDIM", "DDIM"],
    ],
    [
      "texts without quotes",
      "0: (Euler a), 3: DDIM",
      ["Euler a", "Euler a", "Euler a", "DDIM", "DDIM", "DDIM"],
    ],
    [
      "brackets inside a text stay",
      "0: (DPM (fast)), 3: (a)|(b)",
      ["DPM (fast)", "DPM (fast)", "DPM (fast)", "(a)|(b)", "(a)|(b)", "(a)|(b)"],
    ],
    ["brackets in quotes stay", `0: "(x:1.2)", 3: (("y"))`, ["(x:1.2)", "(x:1.2)", "(x:1.2)", "y", "y", "y"]],
    ["places are formulas, seconds and beats", `"max_f":(c), 1s:(b), 0:(a)`, ["a", "a", "b", "b", "b", "c"]],
    [
      "a mapping's texts are left as they are",
      { 0: `("a": b, c`, "max_f/2": " (d)" },
      [`("a": b, c`, `("a": b, c`, " (d)", " (d)", " (d)", " (d)"],
    ],
    ["the first text holds backwards", { 3: "b", 4: "c" }, ["b", "b", "b", "b", "c", "c"]],
    ["a first text past the end holds too", { 30: "b", 40: "c" }, Array(6).fill("b")],
    ["the last of two texts on one frame counts", "0:(a), 1s:(b), 2:(c)", ["a", "a", "c", "c", "c", "c"]],
    ["keys before the start count for nothing", "-4:(z), 1:(a), 9:(b)", Array(6).fill("a")],
  ])("%s", (_, source, expected) => {
    expect(parseTextSchedule(source).evaluate(context)).toEqual(expected);
  });

  test("beats follow the music", () => {
    expect(parseTextSchedule({ 0: "a", "2b": "b" }).evaluate({ ...context, bpm: 60 })).toEqual([
      "a",
      "a",
      "a",
      "a",
      "b",
      "b",
    ]);
  });

  test("its keys are known as written, and resolved to ascending frames from 0", () => {
    const schedule = parseTextSchedule("2s:(b), 1:('a')");
    expect(schedule.keys).toEqual([
      { at: "2s", text: "b", offset: 0 },
      { at: "1", text: "a", offset: 8 },
    ]);
    expect(schedule.resolve(context)).toEqual([
      { at: "1", frame: 0, text: "a" },
      { at: "1", frame: 1, text: "a" },
      { at: "2s", frame: 4, text: "b" },
    ]);
  });
});

describe("a mistake is shown where it stands", () => {
  test.each<readonly [TextScheduleSource, Partial<ScheduleError>]>([
    ["0: (a), 2.5: (b)", { message: "expected a whole frame, found `2.5`", offset: 8 }],
    ["0: (a), (b)", { message: "expected frame:(value), found `(b)`", offset: 8 }],
    ["0: (a), 3:", { message: "expected a value after `3:`, found nothing", offset: 10 }],
    ["0: (don't)", { message: "expected a closing quote for `'t)`, found the end", offset: 7 }],
    ["0: (a): b", { message: "expected a comma or the end after the text, found a colon", offset: 6 }],
    [
      { 0: "a", "t+1": "b" },
      { message: "expected s, max_f or a number, found `t`", key: "t+1" },
    ],
    [{}, { message: "expected at least one key, found an empty mapping", offset: 0 }],
    [{ "4b": "a" }, { message: "expected bpm for a key in beats, found `4b` and no bpm", key: "4b" }],
    [{ "-4": "a" }, { message: "expected a key from frame 0 on, found only earlier ones", key: "-4" }],
  ])("%j", (source, expected) => {
    const evaluate = () => parseTextSchedule(source).evaluate(context);
    expect(evaluate).toThrow(ScheduleError);
    expect(evaluate).toThrow(expect.objectContaining({ ...expected, hint: expect.any(String) }));
  });
});
