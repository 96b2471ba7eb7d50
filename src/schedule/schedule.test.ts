import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { ScheduleError } from "../errors.ts";
import { parseSchedule, type ScheduleContext, type ScheduleSource } from "./schedule.ts";

const context: ScheduleContext = { frames: 11, seed: 7, fps: 10 };

function values(source: ScheduleSource, changes: Partial<ScheduleContext> = {}): readonly number[] {
  return [...parseSchedule(source).evaluate({ ...context, ...changes })];
}

function mistake(read: () => unknown): Pick<ScheduleError, "message" | "hint" | "offset" | "key"> {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    return { message: error.message, hint: error.hint, offset: error.offset, key: error.key };
  }
  throw new Error("expected a mistake, found none");
}

/** Frame of 1.1 seconds. */
function frameAt(fps: number): number {
  return parseSchedule("0:(0), 1.1s:(1)").resolve({ frames: 100, seed: 0, fps })[1]!.frame;
}

function writeKeys(keys: readonly (readonly [number, number])[]): string {
  return keys.map(([frame, value]) => `${frame}:(${value})`).join(", ");
}

describe("a schedule can be written in many ways", () => {
  test.each<readonly [string, ScheduleSource, readonly number[]]>([
    ["a number is a constant", 3, Array(11).fill(3)],
    ["a number in a string is a constant", "-.5", Array(11).fill(-0.5)],
    ["a bare formula is evaluated on every frame", "1 + max(t, 8)", [9, 9, 9, 9, 9, 9, 9, 9, 9, 10, 11]],
    ["Deforum's keys ramp", "0:(0), 10:(20)", [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]],
    ["a mapping ramps as the same keys do", { 0: 0, 10: 20 }, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]],
    [
      "numbers may be texts in a mapping",
      { "0": "0", max_f: "(20)" },
      [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20],
    ],
    [
      "any YAML number is a number key, 1e-3 too",
      { 0: 1e-3, 10: 1.001 },
      [0.001, 0.101, 0.201, 0.301, 0.401, 0.501, 0.601, 0.701, 0.801, 0.901, 1.001],
    ],
    ["mappings have formulas", { 0: "t*2", 5: 0 }, [0, 2, 4, 6, 8, 0, 0, 0, 0, 0, 0]],
    [
      "numbers step with an easing",
      { 0: { value: 1, easing: "step" }, 5: { value: 2, easing: "hold" }, 9: 3 },
      [1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3],
    ],
    ["strings step with an easing", "0:(1) step, 5:2 hold, 9:(3)", [1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3]],
    ["a mapping's values may end in an easing", { 0: "(1) step", 5: "2" }, [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]],
    ["an easing may stand at a bracket", "0:(1)step,9:(3)linear", [1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3]],
    [
      "a ramp from a number to a formula is eased too",
      "0:(0) step, 5:(t)",
      [0, 0, 0, 0, 0, 5, 6, 7, 8, 9, 10],
    ],
    ["seconds are keys", "0:(0), .5s:(5), 1s:(0)", [0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0]],
    ["seconds are keys of mappings", { "0s": 0, "0.5s": 5, "1s": 0 }, [0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0]],
    [
      "an infinite value stays",
      "0:(0), 5:(1/(t-5)), 6:(0)",
      [0, Infinity, Infinity, Infinity, Infinity, Infinity, 0, 0, 0, 0, 0],
    ],
    [
      "two infinite values have no line between them",
      "0:(1/t) , 1:(sqrt(-t)), 3:(-1/(t-3)), 4:(0)",
      [Infinity, Infinity, Infinity, -Infinity, 0, 0, 0, 0, 0, 0, 0],
    ],
    [
      "a formula key before which there is none holds backwards",
      "4:(t), 6:(0)",
      [4, 4, 4, 4, 4, 5, 0, 0, 0, 0, 0],
    ],
    ["a formula key past the end counts if there is no other", "20:(t+1)", Array(11).fill(21)],
  ])("%s", (_, source, expected) => {
    const found = values(source);
    expect(found).toHaveLength(11);
    for (const [frame, value] of found.entries()) {
      if (Number.isFinite(expected[frame])) expect(value).toBeCloseTo(expected[frame]!, 12);
      else expect(value).toBe(expected[frame]);
    }
  });

  test("beats follow the music", () => {
    expect(values("0:(0), 2b:(10), 4b:(0)", { bpm: 240 })).toEqual([0, 2, 4, 6, 8, 10, 8, 6, 4, 2, 0]);
  });

  test("seconds go to the nearest frame at any rate", () => {
    expect([10, 12, 15, 24, 25, 30, 60].map(frameAt)).toEqual([11, 13, 17, 26, 28, 33, 66]);
  });

  test("the same motion in seconds has the same values at the same times at 12 and 24 frames per second", () => {
    const source = "0s:(0) ease_in_out, 1s:(4), 2.5s:(-1) ease_out_cubic, 5s:(2)";
    const slow = values(source, { frames: 61, fps: 12 });
    const fast = values(source, { frames: 121, fps: 24 });
    for (const [frame, value] of slow.entries()) expect(fast[2 * frame]).toBeCloseTo(value, 12);
  });
});

describe("a schedule tells a linter what it is made of", () => {
  test("keys in the order written, with what they are", () => {
    const { keys, ignored } = parseSchedule("0:(1):(2) , 1e1:(2*3), 5:(sin(t)), -3: 4 ease_in");
    expect(keys).toEqual([
      { at: "0", text: "(1)", offset: 0, kind: "number", value: 1, usesTime: false, easing: undefined },
      {
        at: "1e1",
        text: "(2*3)",
        offset: 12,
        kind: "formula",
        value: undefined,
        usesTime: false,
        easing: undefined,
      },
      {
        at: "5",
        text: "(sin(t))",
        offset: 23,
        kind: "formula",
        value: undefined,
        usesTime: true,
        easing: undefined,
      },
      { at: "-3", text: "4", offset: 35, kind: "number", value: 4, usesTime: false, easing: "ease_in" },
    ]);
    expect(ignored).toEqual([{ offset: 6, text: "(2)" }]);
  });

  test("keys of a mapping have no offset", () => {
    expect(parseSchedule({ "2s": { value: "t", easing: undefined as never } }).keys).toEqual([
      {
        at: "2s",
        text: "t",
        offset: undefined,
        kind: "formula",
        value: undefined,
        usesTime: true,
        easing: undefined,
      },
    ]);
  });

  test("each key's frame, and whether it counts", () => {
    const resolved = parseSchedule("0:(1), max_f:(2), -1:(0), 1s:(3), 11:(4), s:(5)").resolve(context);
    expect(resolved.map(({ key, frame, state }) => [key.at, frame, state])).toEqual([
      ["0", 0, "used"],
      ["max_f", 10, "overwritten"],
      ["-1", -1, "before start"],
      ["1s", 10, "used"],
      ["11", 11, "beyond end"],
      ["s", 7, "used"],
    ]);
  });
});

describe("a mistake in a schedule is shown where it stands", () => {
  test.each([
    ["", 0, "expected a schedule, found nothing"],
    ["0:(1), 30:(sine(t))", 11, "expected a known name, found `sine`"],
    ["0:(1), 30:( t ) + )", 18, "expected an opening bracket before it, found `)`"],
    ["0:(1), 30:(2", 10, "expected a closing bracket for `(2`, found the end"],
    ['0:(1), "30:(2)', 7, 'expected a closing quote for `"30:(2)`, found the end'],
    ["0:(1),, 3:(4)", 6, "expected frame:(value), found nothing"],
    ["0:(1), 30", 7, "expected frame:(value), found `30`"],
    ["0:(1), :(3)", 7, "expected frame:(value), found nothing"],
    ["0:(1), 30:", 10, "expected a value after `30:`, found nothing"],
    ["0:(1), 30: ( )", 11, "expected a value after `30:`, found nothing"],
    ["0:(1) 3:(4)", 6, "expected an operator, found `3`"],
    ["0:(1); 3:(4)", 5, "expected a number, a name or an operator, found `;`"],
    ["0:(1), 2.5:(4)", 7, "expected a whole frame, found `2.5`"],
    ["0:(1), (t):(4)", 8, "expected s, max_f or a number, found `t`"],
    ["0:(1), 5:(2(3))", 11, "expected an operator or a closing bracket, found `(`"],
    ["0:(1), 5: (2) ease_inout", 14, "expected an easing, found `ease_inout`"],
    [
      "0:(1), 5: (2) bezier(2,0,0,1)",
      14,
      "expected bezier(x1, y1, x2, y2) with x1 and x2 from 0 to 1, found `bezier(2,0,0,1)`",
    ],
    ["0:(t+1) ease_in, 5: 2", 8, "expected no easing after a formula, found `ease_in`"],
  ] as const)("%j", (text, offset, message) => {
    expect(mistake(() => parseSchedule(text))).toMatchObject({
      message,
      offset,
      key: undefined,
      hint: expect.any(String),
    });
  });

  test("suggestions name what was meant", () => {
    expect(mistake(() => parseSchedule("0:(1) ease_inout")).hint).toMatch(/^did you mean ease_in_out\?/);
    expect(mistake(() => parseSchedule("0:(1), 2.5:(4)")).hint).toBe(
      "write a frame such as 30, or seconds such as 2.5s",
    );
  });

  test.each<readonly [ScheduleSource, string | undefined, number | undefined, string]>([
    [{}, undefined, 0, "expected at least one key, found an empty mapping"],
    [{ 0: 1, 30: "1 + sine(t)" }, "30", 4, "expected a known name, found `sine`"],
    [{ 0: 1, "2.5": 2 }, "2.5", undefined, "expected a whole frame, found `2.5`"],
    [{ 0: 1, "t*2": 2 }, "t*2", undefined, "expected s, max_f or a number, found `t`"],
    [{ 0: Number.NaN }, "0", undefined, "expected a finite number, found NaN"],
    [{ 0: "" }, "0", 0, "expected a value, found nothing"],
    [{ 0: { value: 1, easing: "eas_in" } }, "0", 0, "expected an easing, found `eas_in`"],
    [{ 0: { value: "t", easing: "ease_in" } }, "0", 0, "expected no easing after a formula, found `ease_in`"],
    [Infinity, undefined, 0, "expected a finite number, found Infinity"],
  ])("%j", (source, key, offset, message) => {
    expect(mistake(() => parseSchedule(source))).toMatchObject({
      message,
      offset,
      key,
      hint: expect.any(String),
    });
  });

  test.each([
    ["0:(1), 4b:(2)", 7, "expected bpm for a key in beats, found `4b` and no bpm"],
    ["0:(1), (s/(s-7)):(2)", 8, "expected a frame, found Infinity as the value of `s/(s-7)`"],
    ["0:(sqrt(-1-t))", 0, "expected a number on some frame, found none in `(sqrt(-1-t))`"],
    ["99:(sqrt(-1-t))", 0, "expected a number on some frame, found none in `(sqrt(-1-t))`"],
    ["-5:(1)", 0, "expected a key from frame 0 on, found the last one at frame -5"],
  ] as const)("%j, known only with the animation", (text, offset, message) => {
    const schedule = parseSchedule(text);
    expect(mistake(() => schedule.evaluate(context))).toMatchObject({
      message,
      offset,
      hint: expect.any(String),
    });
  });

  test("a wave without a period has no value, and the hint says so", () => {
    const [wave, saw, root] = ["wave(0)", "1 + 2*saw(-4)", "sqrt(-1-t)"].map(
      (text) => mistake(() => parseSchedule(text).evaluate(context)).hint,
    );
    expect(wave).toBe("a wave has a value only with a period above 0, such as wave(30)");
    expect(saw).toBe(wave);
    expect(root).toBe("roots and logarithms of negative numbers have no value");
  });

  test("a mapping's key that needs bpm is named", () => {
    expect(mistake(() => parseSchedule({ 0: 1, "4b": 2 }).resolve(context))).toMatchObject({
      key: "4b",
      offset: undefined,
    });
  });
});

test("between two numbers every easing stays between them, starts at the first and ends at the second", () => {
  const easing = fc.constantFrom(
    "linear",
    "ease",
    "ease_in",
    "ease_out",
    "ease_in_out",
    "ease_in_cubic",
    "ease_out_cubic",
    "ease_in_out_cubic",
  );
  fc.assert(
    fc.property(
      easing,
      fc.integer({ min: -99, max: 99 }),
      fc.integer({ min: -99, max: 99 }),
      fc.integer({ min: 1, max: 40 }),
      (name, a, b, end) => {
        const found = values({ 0: { value: a, easing: name }, [end]: b }, { frames: end + 1 });
        expect([found[0], found[end]]).toEqual([a, b]);
        const [low, high] = [Math.min(a, b) - 1e-9, Math.max(a, b) + 1e-9];
        expect(found.every((value) => value >= low && value <= high)).toBe(true);
        const rising = found.slice(1).map((value, index) => (value - found[index]!) * Math.sign(b - a));
        expect(rising.every((step) => step >= -1e-9)).toBe(true);
      },
    ),
  );
});

test("a schedule does not depend on the order of its keys", () => {
  const keys = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: -50, max: 50 })), {
    selector: ([frame]) => frame,
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(
      keys.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
      ),
      ([list, shuffled]) => {
        expect(values(writeKeys(shuffled), { frames: 50 })).toEqual(values(writeKeys(list), { frames: 50 }));
      },
    ),
  );
});

test("a hundred thousand frames take milliseconds per schedule", () => {
  const long = { frames: 100_000, seed: 1, fps: 30 };
  const keys = Array.from({ length: 2000 }, (_, index) => `${index * 50}:(${index % 7})`).join(", ");
  for (const source of [
    keys,
    "0:(0.65-0.3*sin(2*pi*t/30)*(t%12<3))",
    "0:(-0.06*(cos(3.141*t/15)**100)+0.06)",
    "0:(0) ease_in_out, 99999:(1)",
  ]) {
    const started = process.cpuUsage();
    const found = parseSchedule(source).evaluate(long);
    // About 20 ms of processor time; the bound only has to catch work that grows with frames times keys.
    expect(process.cpuUsage(started).user).toBeLessThan(1e6);
    expect(found).toHaveLength(100_000);
    expect(found.every(Number.isFinite)).toBe(true);
  }
});
