/** Schedules are data: whatever a text holds, it gives numbers or a located mistake, soon. */

import { describe, expect, test } from "vitest";

import { ScheduleError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { parseSchedule, parseTextSchedule } from "./schedule.ts";

const context = { frames: 24, seed: 12345, fps: 15, bpm: 90 };

describe("texts built to be slow are read or refused within a second", () => {
  const long = LIMITS.schedule.characters - 10;
  test.each<readonly [string, string]>([
    ["only brackets", `0:${"(".repeat(long / 2)}${")".repeat(long / 2)}`],
    ["brackets never closed", "(".repeat(long)],
    ["only quotes", '"'.repeat(long)],
    ["only blanks", `0:(1)${" ".repeat(long)}x`],
    ["a blank formula", `0:(${" ".repeat(long)}`],
    ["only commas", ",".repeat(long)],
    ["only colons", ":".repeat(long)],
    ["a number of digits without end", `0:${"1".repeat(long)}`],
    ["a name of letters without end", `0:${"a".repeat(long)}`],
    ["an easing of letters without end", `0:1 ${"a".repeat(long)}`],
    ["a place past all counting, squared", `${"9".repeat(400)}:(t*t)`],
    ["a place so late that the next frame is the same", "1e90:(t*t)"],
    ["a place of digits without end", `${"9".repeat(long)}:1`],
    ["many keys with long blanks", `0:1${" ".repeat(4000)}x,`.repeat(65)],
    ["many long formulas", `"max_f":(${"t+".repeat(990)}t),`.repeat(130)],
    ["thirty thousand keys", Array.from({ length: 30_000 }, (_, frame) => `${frame}:1`).join(",")],
    ["one character too many", "1".repeat(LIMITS.schedule.characters + 1)],
  ])("%s", (_, text) => {
    const started = process.cpuUsage();
    for (const parse of [parseSchedule, parseTextSchedule]) {
      try {
        expect(parse(text).evaluate(context)).toHaveLength(context.frames);
      } catch (error) {
        expectLocated(error, text);
      }
      expect(secondsSince(started)).toBeLessThan(1);
    }
  });
});

/** Processor time, which other programs on the machine do not lengthen. */
function secondsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6;
}

function expectLocated(error: unknown, text: string): void {
  if (!(error instanceof ScheduleError)) throw error;
  const { message, hint, offset } = error;
  expect(message).toMatch(/^expected /);
  expect(message).toMatch(/, found /);
  expect(message.length).toBeLessThan(600);
  // Nothing that steers a terminal comes through from the text.
  expect(message).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(hint).toBeTruthy();
  expect(hint).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(offset).toBeGreaterThanOrEqual(0);
  expect(offset).toBeLessThanOrEqual(text.length);
}
