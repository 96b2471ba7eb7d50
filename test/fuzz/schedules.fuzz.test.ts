/** Schedules of numbers and of texts: data, whatever they hold. */

import * as fc from "fast-check";
import { ScheduleError } from "../../src/errors.ts";
import { parseSchedule, parseTextSchedule, type ScheduleSource } from "../../src/schedule/schedule.ts";
import { readGolden } from "../support/deforum-fixtures.ts";
import { editedText } from "./edits.ts";
import { fuzz } from "./fuzz.ts";
import { ANY_TEXT, FORMULA, SCHEDULE } from "./splinters.ts";

const context = { frames: 24, seed: 12345, fps: 15, bpm: 90 };

const sound: readonly string[] = [
  ...readGolden<readonly { schedule: string; webui: unknown }[]>("schedules/schedules.json")
    .filter(({ webui }) => Array.isArray(webui))
    .map(({ schedule }) => schedule),
  "0:(1) ease_in_out, 2s:(2) bezier(0.1, -1, 0.9, 2), 4b:(where(t > 20, hypot(t, 3), clip(s, 0, 1)))",
  "~(t<3)&(t!=4)|(t==5)",
  "min(t, max_f, 3.5e2) ** -2 % 0x1F << 2",
];
const pieces = [...ANY_TEXT, ...FORMULA, ...SCHEDULE];

const numbers: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: editedText(sound, pieces) },
  {
    weight: 2,
    arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join("")),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
);

fuzz({
  name: "schedules",
  title: "schedules of numbers with random mistakes",
  inputs: numbers,
  least: { read: 1000, refused: 5000 },
  read: (text) => checkNumbers(text),
  isLocated: (error, text) => isInside(error, text),
});

fuzz({
  name: "schedule-mappings",
  least: { read: 10, refused: 3000 },
  title: "mappings of keys to numbers, texts and easings",
  cases: 2000,
  inputs: fc
    .dictionary(
      fc.oneof(fc.constantFrom("0", "9", "2s", "max_f/2", "easing"), numbers),
      fc.oneof(
        numbers,
        fc.double({ noDefaultInfinity: true, noNaN: true }),
        fc.record({ value: numbers, easing: numbers }),
      ),
      { maxKeys: 4 },
    )
    .map((mapping) => JSON.stringify(mapping)),
  read: (text) => checkNumbers(JSON.parse(text) as ScheduleSource),
  isLocated: (error, text) =>
    error instanceof ScheduleError &&
    (error.key === undefined
      ? error.offset !== undefined
      : Object.hasOwn(JSON.parse(text) as object, error.key)),
});

fuzz({
  name: "text-schedules",
  title: "schedules of texts with random mistakes",
  cases: 5000,
  inputs: numbers,
  read: (text) => {
    const { length } = parseTextSchedule(text).evaluate(context);
    if (length !== context.frames) throw new Error(`gave ${length} texts`);
  },
  isLocated: (error, text) => isInside(error, text),
});

function checkNumbers(source: ScheduleSource): void {
  const values = parseSchedule(source).evaluate(context);
  if (values.length !== context.frames) throw new Error(`gave ${values.length} values`);
  if (values.some(Number.isNaN)) throw new Error("gave a frame without a number");
}

function isInside(error: unknown, text: string): boolean {
  if (!(error instanceof ScheduleError)) return false;
  const { offset = -1, message } = error;
  return offset >= 0 && offset <= text.length && /^expected [^]*, found /.test(message);
}
