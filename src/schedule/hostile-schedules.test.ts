/** Schedules are data: whatever a text holds, it gives numbers or a located mistake, soon. */

import { readFileSync } from "node:fs";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { ScheduleError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { parseSchedule, parseTextSchedule, type ScheduleSource } from "./schedule.ts";

const context = { frames: 24, seed: 12345, fps: 15, bpm: 90 };
const RUNS = 10_000;

const valid: readonly string[] = (
  JSON.parse(
    readFileSync(new URL("../../test/fixtures/deforum/schedules/schedules.json", import.meta.url), "utf8"),
  ) as readonly { schedule: string; webui: unknown }[]
)
  .filter(({ webui }) => Array.isArray(webui))
  .map(({ schedule }) => schedule);

const wellFormed: readonly string[] = [
  ...valid,
  "0:(1) ease_in_out, 2s:(2) bezier(0.1, -1, 0.9, 2), 4b:(where(t > 20, hypot(t, 3), clip(s, 0, 1)))",
  "~(t<3)&(t!=4)|(t==5)",
  "min(t, max_f, 3.5e2) ** -2 % 0x1F << 2",
];

/** Pieces that mean something to the language, to the host's language, or to a terminal. */
const fragment = fc.constantFrom(
  "0",
  "1e9",
  "1e400",
  "0x",
  ".",
  "t",
  "s",
  "max_f",
  "pi",
  "sin",
  "where",
  "min",
  "__proto__",
  "constructor",
  "ease_in",
  "bezier",
  "step",
  "(",
  ")",
  ",",
  ":",
  ";",
  "'",
  '"',
  "**",
  "*",
  "/",
  "//",
  "%",
  "&",
  "|",
  "~",
  "<<",
  ">>",
  "<",
  "==",
  "=",
  "!",
  "^",
  "[",
  "]",
  "{",
  "}",
  " ",
  "\n",
  "\t",
  "-",
  "+",
  "2s",
  "4b",
  "0:(",
  "), 9:(",
  "\u0000",
  "\u001b[2J",
  "\u202e",
  "é",
  "😀",
  "\ud800",
  "NaN",
  "Infinity",
);
const soup = fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join(""));

/** A valid schedule with a few of its characters cut out, doubled or replaced by fragments. */
const mutation = fc
  .tuple(
    fc.constantFrom(...wellFormed),
    fc.array(fc.tuple(fc.nat(), fc.nat(4), fragment), { minLength: 1, maxLength: 4 }),
  )
  .map(([text, edits]) =>
    edits.reduce((current, [position, removed, inserted]) => {
      const at = position % (current.length + 1);
      return current.slice(0, at) + inserted + current.slice(at + removed);
    }, text),
  );

describe(`${RUNS} random texts give numbers or a located mistake, each within a second`, () => {
  test.each([
    // Hardly one in ten thousand of these is a schedule.
    ["random characters", fc.string({ unit: "binary", maxLength: 60 }), 0],
    ["fragments of formulas", soup, 1],
    ["valid schedules with mistakes", mutation, 1],
  ])("%s", (_, texts, leastUnderstood) => {
    let understood = 0;
    fc.assert(
      fc.property(texts, (text) => {
        if (isUnderstood(text)) understood++;
      }),
      { numRuns: RUNS },
    );
    // The generators have to reach both outcomes for the property to say anything.
    expect(understood).toBeGreaterThanOrEqual(leastUnderstood);
    expect(understood).toBeLessThan(RUNS);
  });

  test("texts as values and keys of a mapping", () => {
    fc.assert(
      fc.property(
        fc.dictionary(soup, fc.oneof(soup, fc.double(), fc.record({ value: soup, easing: soup })), {
          maxKeys: 4,
        }),
        (mapping) => {
          checkSchedule(mapping, ({ key, offset }) => {
            expect(key !== undefined || offset !== undefined).toBe(true);
            if (key !== undefined) expect(Object.keys(mapping)).toContain(key);
          });
        },
      ),
      { numRuns: RUNS / 5 },
    );
  });

  test("texts as schedules of texts", () => {
    fc.assert(
      fc.property(fc.oneof(soup, mutation), (text) => {
        try {
          expect(parseTextSchedule(text).evaluate(context)).toHaveLength(context.frames);
        } catch (error) {
          expectLocated(error, text);
        }
      }),
      { numRuns: RUNS / 5 },
    );
  });
});

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
    isUnderstood(text);
    const started = process.cpuUsage();
    try {
      parseTextSchedule(text).evaluate(context);
    } catch (error) {
      expectLocated(error, text);
    }
    expect(secondsSince(started)).toBeLessThan(1);
  });
});

function isUnderstood(text: string): boolean {
  return checkSchedule(text, (error) => expectLocated(error, text));
}

/** Whether the source has a number on every frame; a mistake is handed to `examine`. */
function checkSchedule(source: ScheduleSource, examine: (error: ScheduleError) => void): boolean {
  const started = process.cpuUsage();
  try {
    const values = parseSchedule(source).evaluate(context);
    expect(values).toHaveLength(context.frames);
    expect(values.some(Number.isNaN)).toBe(false);
    return true;
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    examine(error);
    return false;
  } finally {
    expect(secondsSince(started)).toBeLessThan(1);
  }
}

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
