/**
 * Schedules, formulas and seeds against Deforum itself.
 *
 * Values computed with deforum-art/sd-webui-deforum 32242685 (numpy 1.26.4, pandas 2.1.4, numexpr 2.8.8); `otherDialect` with
 * deforum-stable-diffusion 9d2caaae, or deforum-studio 63896ca6 where that refuses. Numbers agree to 1e-9 of their size.
 */

import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { ScheduleError } from "../errors.ts";
import { parseFormula } from "./formula.ts";
import { parseSchedule, parseTextSchedule, type ScheduleContext } from "./schedule.ts";
import { frameSeeds, type SeedBehavior } from "./seeds.ts";

/** JSON has no infinities and no NaN: those are spelled out. */
type Golden = readonly (number | string | boolean)[];

interface ScheduleCase {
  readonly id: string;
  readonly schedule: string;
  readonly max_frames: number;
  readonly seed: number;
  readonly string?: boolean;
  /** Values per frame, or the class of the error. */
  readonly webui: Golden | string;
  readonly otherDialect?: Golden;
}

const schedules: readonly ScheduleCase[] = fixture("schedules.json");
const expressions: {
  readonly t: readonly number[];
  readonly s: number;
  readonly max_f: number;
  readonly rows: readonly { readonly formula: string; readonly webui: readonly unknown[] | string }[];
} = fixture("expressions.json");
const defaultSeries: readonly {
  readonly name: string;
  readonly schedule: string;
  readonly constant?: number | string;
  readonly values?: Golden;
}[] = fixture("default-series.json");
const interpolations: readonly {
  readonly schedule: string;
  readonly max_frames: number;
  readonly method: string;
  readonly values: readonly number[];
}[] = fixture("interpolation.json");
const seedCases: readonly {
  readonly behavior: SeedBehavior;
  readonly repeat: number;
  readonly start: number;
  readonly seeds: readonly number[];
}[] = fixture("seeds.json");

/** Schedules that the web UI refuses, and a user would not expect it to; ours is what the other dialects give, or the obvious. */
const ACCEPTED_SCHEDULES: Readonly<Record<string, { readonly reason: string; readonly values?: Golden }>> = {
  single_mid_key: { reason: "without a key at frame 0 the first one holds backwards" },
  no_zero_key: { reason: "without a key at frame 0 the first one holds backwards" },
  only_beyond: {
    reason: "an animation that ends before the first key has its value",
    values: Array(10).fill(7),
  },
  val_none: { reason: "a bare number is a constant", values: [0, 0, 0, 0] },
  bare_number: { reason: "a bare number is a constant", values: Array(6).fill(5) },
  bare_expr: { reason: "a bare formula holds for all frames", values: [0, 2, 4, 6, 8, 10] },
  trailing_comma: { reason: "a comma at the end begins no key", values: [1, 2, 3, 4, 4, 4] },
  expr_pi: {
    reason: "pi is known",
    values: [0, 1.2246467991473532e-16, -2.4492935982947064e-16, 3.6739403974420594e-16],
  },
  fn_where: { reason: "commas in brackets separate no keys" },
  fn_where_spaces: { reason: "commas in brackets separate no keys" },
  fn_where_two_keys: { reason: "commas in brackets separate no keys" },
  fn_where_nested: { reason: "commas in brackets separate no keys" },
  fn_arctan2: { reason: "commas in brackets separate no keys" },
  fn_fmod: { reason: "commas in brackets separate no keys" },
  fn_min: { reason: "min of two numbers is known", values: [0, 1, 2, 3, 4, 5, 5, 5] },
  fn_round: { reason: "round is known", values: [0, 0, 1, 1, 1, 2, 2, 2] },
  str_numeric: { reason: "a text may look like a number" },
  str_comma: { reason: "a text in quotes may have a comma" },
};

/** Texts that the web UI accepts but mutilates; ours is what the notebook gives. */
const CORRECTED_TEXTS: Readonly<Record<string, string>> = {
  str_colon: "a text in quotes keeps its colon",
  str_paren: "a text in quotes keeps its brackets",
  str_mask_expr: "a text in quotes keeps its brackets",
};

/** Formulas that numexpr 2.8.8 or Deforum's use of it refuses and we evaluate. */
const ACCEPTED_FORMULAS: Readonly<Record<string, { readonly reason: string; readonly values: Golden }>> = {
  "t**-1": { reason: "a negative power is real", values: ["Infinity", 1, 1 / 5, 1 / 7, 1 / 30, 1 / 100] },
  "min(t,3)": { reason: "smallest of its arguments", values: [0, 1, 3, 3, 3, 3] },
  "max(t,3)": { reason: "largest of its arguments", values: [3, 3, 5, 7, 30, 100] },
  "round(2.5)": { reason: "as in NumPy, halves go to the even number", values: Array(6).fill(2) },
  "sign(0-3)": { reason: "known to later versions of numexpr", values: Array(6).fill(-1) },
  "trunc(3.7)": { reason: "known to later versions of numexpr", values: Array(6).fill(3) },
  "log2(t)": {
    reason: "known to later versions of numexpr",
    values: ["-Infinity", 0, 2.321928094887362, 2.807354922057604, 4.906890595608519, 6.643856189774724],
  },
  "cbrt(8)": { reason: "cube root, also of negative numbers", values: Array(6).fill(2) },
  "hypot(3,4)": { reason: "known to later versions of numexpr", values: Array(6).fill(5) },
  pi: { reason: "the constant", values: Array(6).fill(Math.PI) },
  e: { reason: "the constant", values: Array(6).fill(Math.E) },
  "  t": { reason: "blanks before a formula mean nothing", values: [0, 1, 5, 7, 30, 100] },
};

/** Formulas that numexpr evaluates and we refuse. */
const REFUSED_FORMULAS: Readonly<Record<string, string>> = {
  "complex(1,2)": "numbers are real",
  "1j": "numbers are real",
  "(-8)**(1/3)": "the result is complex",
  "t.real": "formulas have no properties, whatever they lead to",
};

describe("a schedule has the values that Deforum gives it", () => {
  test("all 153 schedules of the reference are tested, and each exception names one", () => {
    expect(schedules).toHaveLength(153);
    const ids = schedules.map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining([...Object.keys(ACCEPTED_SCHEDULES), ...Object.keys(CORRECTED_TEXTS)]),
    );
  });

  test.each(schedules)(
    "$id: $schedule",
    ({ id, schedule, max_frames, seed, string: isText, webui, otherDialect }) => {
      const context: ScheduleContext = { frames: max_frames, seed, fps: 15 };
      const evaluate = () =>
        isText === true
          ? parseTextSchedule(schedule).evaluate(context)
          : parseSchedule(schedule).evaluate(context);
      const accepted = ACCEPTED_SCHEDULES[id];
      if (accepted !== undefined) {
        expect(webui, "the web UI refuses it").toBeTypeOf("string");
        expectValues(evaluate(), accepted.values ?? otherDialect);
      } else if (CORRECTED_TEXTS[id] !== undefined) {
        expect(webui).not.toEqual(otherDialect);
        expectValues(evaluate(), otherDialect);
      } else if (typeof webui === "string") {
        expectRefusal(evaluate, schedule);
      } else {
        expectValues(evaluate(), webui);
      }
    },
  );
});

describe("Deforum's own default schedules have their values over 120 frames", () => {
  test("all 52 series are tested", () => {
    expect(defaultSeries).toHaveLength(52);
  });

  test.each(defaultSeries)("$name: $schedule", ({ schedule, constant, values }) => {
    const context: ScheduleContext = { frames: 120, seed: 12345, fps: 15 };
    const golden = values ?? Array<number | string>(120).fill(constant ?? Number.NaN);
    const isText = typeof golden[0] === "string";
    expectValues(
      isText ? parseTextSchedule(schedule).evaluate(context) : parseSchedule(schedule).evaluate(context),
      golden,
    );
  });
});

describe("a formula has the values that numexpr gives it", () => {
  test("all 156 expressions of the reference are tested, and each exception names one", () => {
    expect(expressions.rows).toHaveLength(156);
    const formulas = expressions.rows.map(({ formula }) => formula);
    expect(formulas).toEqual(
      expect.arrayContaining([...Object.keys(ACCEPTED_FORMULAS), ...Object.keys(REFUSED_FORMULAS)]),
    );
  });

  test.each(expressions.rows)("$formula", ({ formula, webui }) => {
    const { t, s, max_f } = expressions;
    const evaluate = () => parseFormula(formula).evaluate({ t: Float64Array.from(t), s, max_f });
    const accepted = ACCEPTED_FORMULAS[formula];
    if (accepted !== undefined) {
      expect(webui, "the reference refuses it").toBeTypeOf("string");
      expectValues(evaluate(), accepted.values);
    } else if (typeof webui === "string" || REFUSED_FORMULAS[formula] !== undefined) {
      expectRefusal(evaluate, formula);
    } else {
      expectValues(evaluate(), webui);
    }
  });

  test.each(
    expressions.rows.filter(
      ({ formula, webui }) => typeof webui !== "string" && !(formula in REFUSED_FORMULAS),
    ),
  )("$formula gives the same one frame at a time", ({ formula }) => {
    const { t, s, max_f } = expressions;
    const parsed = parseFormula(formula);
    const together = parsed.evaluate({ t: Float64Array.from(t), s, max_f });
    const alone = t.map((frame) => parsed.evaluate({ t: Float64Array.of(frame), s, max_f })[0]);
    expect(alone).toEqual([...together]);
  });
});

describe("frames between numbers lie on a line", () => {
  // Deforum's code also has quadratic and cubic splines through all keys, but no setting of it reaches them, so no user's schedule
  // depends on them; easings per key do that work here, without overshooting.
  const unreachable = ["Quadratic", "Cubic"];

  test("the reference has linear cases, and others only of kinds that no setting reaches", () => {
    const others = new Set(
      interpolations.map(({ method }) => method).filter((method) => method !== "Linear"),
    );
    expect([...others].toSorted()).toEqual(unreachable.toSorted());
    expect(interpolations).toHaveLength(12);
  });

  test.each(interpolations.filter(({ method }) => !unreachable.includes(method)))(
    "$schedule over $max_frames frames",
    ({ schedule, max_frames, values }) => {
      expectValues(parseSchedule(schedule).evaluate({ frames: max_frames, seed: 0, fps: 15 }), values);
    },
  );
});

describe("seeds follow Deforum's sequences", () => {
  test.each(seedCases)(
    "$behavior with $repeat frames per seed, from $start",
    ({ behavior, repeat, start, seeds }) => {
      expect(frameSeeds(behavior, start, seeds.length, { repeat })).toEqual(seeds);
    },
  );
});

function fixture(name: string) {
  return JSON.parse(
    readFileSync(new URL(`../../test/fixtures/deforum/schedules/${name}`, import.meta.url), "utf8"),
  );
}

function expectValues(ours: Float64Array | readonly string[], golden: readonly unknown[] | undefined): void {
  if (golden === undefined) throw new Error("the case has no values to compare with");
  expect(ours).toHaveLength(golden.length);
  for (const [frame, expected] of golden.entries()) {
    const value = ours[frame];
    if (typeof value === "string") expect(value, `frame ${frame}`).toBe(expected);
    else
      expect(
        isClose(value!, Number(expected)),
        `frame ${frame}: ${value}, expected ${String(expected)}`,
      ).toBe(true);
  }
}

function expectRefusal(evaluate: () => unknown, text: string): void {
  expect(evaluate).toThrow(ScheduleError);
  try {
    evaluate();
  } catch (error) {
    const { message, hint, offset } = error as ScheduleError;
    expect(message).toMatch(/^expected .+, found /s);
    expect(hint).toBeTruthy();
    expect(offset).toBeGreaterThanOrEqual(0);
    expect(offset).toBeLessThanOrEqual(text.length);
  }
}

/** Within 1e-9 of the expected number's size; NaN and infinities alike. */
function isClose(value: number, expected: number): boolean {
  return (
    Object.is(value, expected) ||
    value === expected ||
    Math.abs(value - expected) <= 1e-9 * Math.abs(expected)
  );
}
