/** Formulas are data: they give numbers or a located mistake, soon, and reach nothing of the program that reads them. */

import { describe, expect, it } from "vitest";
import { ScheduleError } from "../../src/errors.ts";
import { LIMITS } from "../../src/limits.ts";
import { parseSchedule } from "../../src/schedule/schedule.ts";

const CONTEXT = { frames: 500, seed: 1, fps: 15, bpm: 90 };
const LIMIT_SECONDS = 1;

/** Numbers, or the mistake; in less than a second of processor time. */
function outcomeOf(formula: string): Float64Array | ScheduleError {
  const start = process.cpuUsage();
  try {
    return parseSchedule(`0:(${formula})`).evaluate(CONTEXT);
  } catch (error) {
    if (error instanceof ScheduleError) return error;
    throw error;
  } finally {
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6, formula.slice(0, 60)).toBeLessThan(LIMIT_SECONDS);
  }
}

describe("a formula cannot run code", () => {
  it.each([
    ["by properties", ["t.constructor", "t.__proto__", "t.toString()", "sin.call(t)", "(1).constructor"]],
    ["by brackets", ["t['constructor']", "[].constructor", "t[0]", "max_f[t]", "{}[0]", "[1, 2]"]],
    [
      "by names that every object has",
      [
        "__proto__",
        "constructor",
        "constructor(1)",
        "prototype",
        "toString()",
        "valueOf(t)",
        "hasOwnProperty(t)",
        "__defineGetter__(t, t)",
        "constructor(constructor(t))",
      ],
    ],
    [
      "by names of the program around it",
      [
        "process",
        "globalThis",
        "require(1)",
        "import(1)",
        "this",
        "eval(t)",
        "Function(t)",
        "Math",
        "arguments",
        "module",
      ],
    ],
    ["by assignments", ["t = 1", "sin = cos", "t := 1", "t += 1", "t++", "t == (t = 2)"]],
    ["by definitions", ["f(x) = x", "t => t", "function(t)", "lambda t: t", "def f", "class", "new t"]],
    ["by texts", ["'a'", '"a"', "`${t}`", "'a' + t", '"alert(1)"', "/t/", "0x'41'"]],
    ["by loops", ["for", "while (1)", "t; t", "t, t", "do t", "repeat(t, 9)", "goto t"]],
    ["by comments", ["t // 1 /* */", "t # 1", "t -- 1", "<!-- t"]],
    ["by escapes", ["\\u0074", "\\x74", "t\u0000", "%74", "&#116;", "\u202et"]],
    [
      "by the words of the library below",
      [
        "E(1)",
        "pyt(1, 2)",
        "random()",
        "fac(170)",
        "map(sin, t)",
        "fold(t)",
        "filter(t)",
        "join(t)",
        "if(1,2,3)",
      ],
    ],
  ])("%s", (_, formulas) => {
    for (const formula of formulas) {
      const outcome = outcomeOf(formula);
      // A text of this kind can be a number by chance (`t--1`); it is never anything else.
      if (outcome instanceof ScheduleError) expect(outcome.message, formula).toMatch(/^expected .*found/s);
      else for (const value of outcome) expect(typeof value, formula).toBe("number");
    }
  });

  it("and leaves every object as it was", () => {
    for (const formula of [
      "__proto__ = 1",
      "constructor.prototype.polluted = 1",
      "t.__proto__.polluted = 1",
    ]) {
      expect(outcomeOf(formula)).toBeInstanceOf(ScheduleError);
    }
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("a formula costs less than a second", () => {
  const { formulaCharacters, formulaDepth, formulaNodes } = LIMITS.schedule;

  it.each([
    ["of brackets without end", "(".repeat(formulaCharacters / 2)],
    ["of closed brackets", `${"(".repeat(2000)}t${")".repeat(2000)}`],
    ["of functions in functions", `${"sin(".repeat(900)}t${")".repeat(900)}`],
    ["of signs", `${"-".repeat(4000)}t`],
    ["of negations", `${"~".repeat(4000)}(t<1)`],
    ["of powers of powers", Array.from({ length: 1000 }, () => "9").join("**")],
    ["of choices in choices", `${"where(t>1,".repeat(300)}t${",0)".repeat(300)}`],
    ["of arguments without end", `max(${"t,".repeat(1900)}t)`],
    ["beyond its length", `t${"+1".repeat(formulaCharacters)}`],
    ["beyond its operations", `t${"+t".repeat(formulaNodes)}`],
    ["of digits without end", "9".repeat(formulaCharacters)],
    ["of one long name", "a".repeat(formulaCharacters)],
  ])("when it is refused: %s", (_, formula) => {
    const outcome = outcomeOf(formula);
    if (!(outcome instanceof ScheduleError)) expect(outcome).toHaveLength(CONTEXT.frames);
    else expect(outcome.message.length).toBeLessThan(600);
  });

  it.each([
    ["as large as it may be", `t${"+sin(t)".repeat(formulaCharacters / 8)}`],
    ["as deep as it may be", `${"(".repeat(formulaDepth - 2)}t${")".repeat(formulaDepth - 2)}`],
    ["of a number past all counting", "9**9**9**9"],
    ["of an exponent that would be multiplied out", "t**999999999"],
    ["of shifts by a lot", "(1<<62)<<62"],
    ["of the value before, as often as may be", "prev+1"],
  ])("when it is read: %s", (_, formula) => {
    const outcome = outcomeOf(formula);
    if (outcome instanceof ScheduleError) expect(outcome.message).toMatch(/^expected /);
    else expect(outcome.some(Number.isNaN)).toBe(false);
  });

  it("also where it has the value before in it, for the longest animation", () => {
    const start = process.cpuUsage();
    const long = { ...CONTEXT, frames: LIMITS.settings.frames };
    const big = `prev${"+sin(t)".repeat(500)}`;
    expect(() => parseSchedule(`0:(${big})`).evaluate(long)).toThrow(ScheduleError);
    expect(parseSchedule("0:(prev+1)").evaluate(long)).toHaveLength(long.frames);
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(2 * LIMIT_SECONDS);
  });
});
