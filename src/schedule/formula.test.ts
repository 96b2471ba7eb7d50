import { describe, expect, test } from "vitest";

import { ScheduleError } from "../errors.ts";
import { parseFormula } from "./formula.ts";
import { FUNCTIONS } from "./functions.ts";

/** Values of the formula on frames 0 … 10 of an animation of 11 frames with seed 7. */
function values(text: string, t: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]): readonly number[] {
  return [...parseFormula(text).evaluate({ t: Float64Array.from(t), s: 7, max_f: 10 })];
}

function mistake(read: () => unknown): {
  message: string;
  hint: string | undefined;
  offset: number | undefined;
} {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    return { message: error.message, hint: error.hint, offset: error.offset };
  }
  throw new Error("expected a mistake, found none");
}

describe("a formula is Python's arithmetic over the frames", () => {
  test.each([
    ["-t**2", [0, -1, -4, -9, -16, -25, -36, -49, -64, -81, -100]],
    ["2**-t*2**t", Array(11).fill(1)],
    ["t-3-2", [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5]],
    ["10/2/5*t", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ["t%3*2+1", [1, 3, 5, 1, 3, 5, 1, 3, 5, 1, 3]],
    ["-(t-5)%4", [1, 0, 3, 2, 1, 0, 3, 2, 1, 0, 3]],
    ["(t>2)&(t<6)|(t==9)", [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0]],
    ["~(t>=3)*2", [2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["t!=5", [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1]],
    ["t+1<<2>>1", [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]],
    ["where(t<3, 0, where(t<=6, t/2, -1))", [0, 0, 0, 1.5, 2, 2.5, 3, -1, -1, -1, -1]],
    ["clip(t, 2, max_f-5)", [2, 2, 2, 3, 4, 5, 5, 5, 5, 5, 5]],
    ["max(t, s, 3) - min(t, s)", [7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3]],
    ["i*True + False", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ["5", Array(11).fill(5)],
    ["+-5.", Array(11).fill(-5)],
    ["1e21*t/1e21", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ["0x1F + 0b11 + 0o17 + 1_000", Array(11).fill(31 + 3 + 15 + 1000)],
    ["\n t\t+\r\n1 ", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
  ] as const)("%s", (text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  test("whole numbers are 64 bits wide: sums and products wrap, powers beyond them give the smallest", () => {
    const top = 4_294_967_295;
    // 4294967295³ mod 2^64 and −2^63, computed with Python.
    expect(values("t*t*t", [top])).toEqual([12884901887]);
    expect(values("t**3", [top])).toEqual([12884901887]);
    expect(values("t*t*t%1000", [top])).toEqual([887]);
    expect(values("where(t>0, t*t*t, 1) >> 1", [top])).toEqual([6442450943]);
    expect(values("9007199254740991 + t - 9007199254740990", [2])).toEqual([3]);
    expect(values("t**(t-t+60)", [3])).toEqual([-(2 ** 63)]);
    expect(values("t << 63", [1])).toEqual([-(2 ** 63)]);
  });

  test("whole numbers have one zero", () => {
    expect(values("1/(t*-5)", [0])).toEqual([Infinity]);
    expect(values("-3*t", [0])).toEqual([0]);
    expect(values("-(t**True)", [0, 3])).toEqual([0, -3]);
    expect(values("1/(0*-3 + t*-0.5)", [0])).toEqual([Infinity]);
    expect(values("1/(t*-0.5)", [0])).toEqual([-Infinity]);
  });

  test("the smallest of a number and none is none, as in NumPy", () => {
    expect(values("min(sqrt(-1), 2) + 0*t", [1])).toEqual([Number.NaN]);
    expect(values("max(2, t, log(-1))", [1])).toEqual([Number.NaN]);
    expect(values("max(t*t*t, 1) % 1000", [1_999_999])).toEqual([999]);
  });

  test("literals are as large as Python's, and go on as real numbers", () => {
    expect(values("2**100/2**99", [0])).toEqual([2]);
    expect(values("100000000000000000000*t", [2])).toEqual([2e20]);
  });

  test("a constant division by zero is a mistake, one that depends on the frame is infinite", () => {
    expect(values("1/t", [0, 2])).toEqual([Infinity, 0.5]);
    expect(values("t%0", [0, 2])).toEqual([0, 0]);
    for (const text of ["1/0", "5%0", "1/(2-2)", "0**-1"])
      expect(mistake(() => parseFormula(text)).message).toMatch(/divisor/);
  });

  test("frames far from the first block of frames are evaluated alike", () => {
    const t = Float64Array.from({ length: 10_000 }, (_, frame) => frame);
    const all = parseFormula("t%7 + s").evaluate({ t, s: 1, max_f: 9_999 });
    expect([...all]).toEqual([...t].map((frame) => (frame % 7) + 1));
    const constant = parseFormula("s*2").evaluate({ t, s: 3, max_f: 9_999 });
    expect(constant.every((value) => value === 6)).toBe(true);
  });

  test("a value does not depend on the frames that are evaluated with it", () => {
    const t = [0, 1, 30, 61, 64, 100, 5000, 123_456];
    for (const text of [
      "2**(60-t)*100",
      "t**t",
      "t**11 + t**60",
      "(2**t) % 7 * s",
      "t*t*t*t*t*t>>3",
      "where(t>61, t**13, t/2)",
      "min(t**13, 5)*t**12",
    ]) {
      expect(t.map((frame) => values(text, [frame])[0])).toEqual(values(text, t));
    }
  });

  test("it knows whether it depends on the frame", () => {
    expect(parseFormula("sin(t)").usesTime).toBe(true);
    expect(parseFormula("i + 1").usesTime).toBe(true);
    expect(parseFormula("max_f/2 + s").usesTime).toBe(false);
  });
});

describe("every function of the table can be called, and has the value of its definition", () => {
  // x = 0.3, y = 0.7; computed with NumPy 1.26.4.
  const expected: Readonly<Record<string, readonly [string, number]>> = {
    sin: ["sin(0.3)", 0.29552020666133955],
    cos: ["cos(0.3)", 0.955336489125606],
    tan: ["tan(0.3)", 0.30933624960962325],
    arcsin: ["arcsin(0.3)", 0.3046926540153975],
    arccos: ["arccos(0.3)", 1.2661036727794992],
    arctan: ["arctan(0.3)", 0.2914567944778671],
    arctan2: ["arctan2(0.3, 0.7)", 0.4048917862850834],
    sinh: ["sinh(0.3)", 0.3045202934471426],
    cosh: ["cosh(0.3)", 1.0453385141288605],
    tanh: ["tanh(0.3)", 0.2913126124515909],
    arcsinh: ["arcsinh(0.3)", 0.29567304756342244],
    arccosh: ["arccosh(1.3)", 0.7564329108569596],
    arctanh: ["arctanh(0.3)", 0.3095196042031117],
    exp: ["exp(0.3)", 1.3498588075760032],
    expm1: ["expm1(0.3)", 0.3498588075760031],
    log: ["log(0.3)", -1.2039728043259361],
    log2: ["log2(0.3)", -1.7369655941662063],
    log10: ["log10(0.3)", -0.5228787452803376],
    log1p: ["log1p(0.3)", 0.26236426446749106],
    sqrt: ["sqrt(0.3)", 0.5477225575051661],
    cbrt: ["cbrt(-0.027)", -0.3],
    abs: ["abs(-0.3)", 0.3],
    floor: ["floor(-0.3)", -1],
    ceil: ["ceil(0.3)", 1],
    round: ["round(-1.5) + round(0.5)*10 + round(2.7)*100", 298],
    trunc: ["trunc(-1.7)", -1],
    sign: ["sign(-0.3)", -1],
    fmod: ["fmod(-0.7, 0.3)", -0.1],
    hypot: ["hypot(0.3, 0.4)", 0.5],
    min: ["min(0.7, 0.3)", 0.3],
    max: ["max(0.7, 0.3)", 0.7],
    minimum: ["minimum(0.7, 0.3)", 0.3],
    maximum: ["maximum(0.7, 0.3)", 0.7],
    clip: ["clip(0.9, 0.3, 0.7)", 0.7],
    where: ["where(1 > 0, 0.3, 0.7)", 0.3],
    real: ["real(0.3)", 0.3],
    conj: ["conj(0.3)", 0.3],
    imag: ["imag(0.3)", 0],
    ones_like: ["ones_like(0.3)", 1],
    sum: ["sum(0.3)", 0.3],
    prod: ["prod(0.3)", 0.3],
    wave: ["wave(4, 0.25)", 1],
    tri: ["tri(4, 0.125)", 0.5],
    saw: ["saw(4, 0.25)", -0.5],
    pulse: ["pulse(4, 0.5, 0.25)", 1],
    noise1d: ["noise1d(3)", 0],
    smoothstep: ["smoothstep(0, 2, 1)", 0.5],
  };

  test.each([...FUNCTIONS.keys()])("%s", (name) => {
    const [text, value] = expected[name] ?? ["", Number.NaN];
    expect(values(text, [0])[0]).toBeCloseTo(value, 14);
  });

  test.each([...FUNCTIONS])(
    "the signature of %s has as many arguments as it accepts",
    (name, { signature, arity }) => {
      expect(signature.startsWith(`${name}(`)).toBe(true);
      const written = signature.split(",");
      const needed = written.filter((operand) => !operand.includes("="));
      if (!signature.includes("…")) expect([needed.length, written.length]).toEqual(arity);
    },
  );
});

describe("a mistake in a formula is shown where it stands, with what to write instead", () => {
  test.each([
    ["1 + sine(t)", 4, "expected a known name, found `sine`", "did you mean sin?"],
    ["tt*2", 0, "expected a known name, found `tt`", "did you mean t?"],
    ["atan(t)", 0, "expected a known name, found `atan`", "write arctan"],
    ["t^2", 1, "expected a number, a name or an operator, found `^`", "write ** for a power"],
    ["2t", 1, "expected an operator after the number `2`, found `t`", "write a product as 2*t"],
    ["t(3)", 1, "expected an operator, found `(`", "write a product as t*(…)"],
    ["sin + 1", 0, "expected a value, found `sin`", "call it: sin(x)"],
    ["sin(t, 2)", 0, "expected 1 argument for sin, found 2", "write sin(x)"],
    ["clip(t)", 0, "expected 3 arguments for clip, found 1", "write clip(x, low, high)"],
    ["min()", 0, "expected 1 to 64 arguments for min, found 0", "write min(a, b, …)"],
    ["(t", 2, "expected an operator or a closing bracket, found the end of the formula", undefined],
    ["t)", 1, "expected an opening bracket before it, found `)`", undefined],
    ["1 < t < 5", 6, "expected one comparison at a time, found `<`", "write (1 < t) & (t < 5)"],
    ["t and 1", 2, "expected an operator, found `and`", "write (a > 1) & (b > 2)"],
    [
      "t > 1 & t",
      4,
      "expected a comparison for &, found a number",
      "compare first and bracket it: (t > 5) & (t < 9)",
    ],
    ["where(t, 1, 2)", 6, "expected a comparison for where, found a number", undefined],
    [
      "t/2 << 1",
      0,
      "expected whole numbers on both sides of <<, found a real number",
      "write x * 2**n or floor(x / 2**n)",
    ],
    [
      "t \u2212 1",
      2,
      "expected a number, a name or an operator, found `\u2212`",
      "write the minus sign as -",
    ],
    [
      "2**t << 1",
      0,
      "expected whole numbers on both sides of <<, found a real number",
      "write x * 2**n or floor(x / 2**n)",
    ],
    ["t // 2", 2, "expected a number, a name or an operator, found `//`", "write floor(a / b)"],
    [
      "1..2",
      2,
      "expected an operator after the number `1.`, found `.`",
      "write numbers as 12, 0.5, 1e-3 or 0x10",
    ],
    ["", 0, "expected a number, a name or a bracket, found the end of the formula", undefined],
    ["t + \u001b[31m", 4, "expected a number, a name or an operator, found `\\u{1b}`", undefined],
  ] as const)("%j", (text, offset, message, hint) => {
    const found = mistake(() => parseFormula(text));
    expect(found.message).toBe(message);
    expect(found.offset).toBe(offset);
    if (hint === undefined) expect(found.hint).toBeTruthy();
    else expect(found.hint).toBe(hint);
  });

  test("the place of a key cannot depend on the frame", () => {
    expect(mistake(() => parseFormula("max_f - t", ["s", "max_f"]))).toEqual({
      message: "expected s, max_f or a number, found `t`",
      hint: "the place of a key cannot depend on the frame",
      offset: 8,
    });
  });
});

describe("a formula is data", () => {
  test.each([
    "__proto__",
    "constructor",
    "t.constructor",
    "toString()",
    "hasOwnProperty(t)",
    "t = 1",
    "f(x) = x",
    "sin = 1",
    "t; t",
    "[1, 2]",
    "'a' || 'b'",
    "random()",
    "fac(3)",
    "map(sin, t)",
    "if(t, 1, 2)",
    "E",
    "as_real(2)",
    "both(t, t)",
    "infinity",
    "true_",
    "t ? 1 : 2",
    "3!",
    "5 in t",
    "/* x */ t",
  ])("%s is refused", (text) => {
    expect(mistake(() => parseFormula(text)).offset).toBeTypeOf("number");
  });

  test("one that is too long, too deep or too large is refused at once", () => {
    const started = process.cpuUsage();
    expect(mistake(() => parseFormula("1+".repeat(2049))).message).toBe(
      "expected at most 4096 characters, found 4098",
    );
    for (const text of [
      `${"(".repeat(65)}t${")".repeat(65)}`,
      `${"(".repeat(2000)}t`,
      `${"-".repeat(4000)}t`,
      `${"~".repeat(4000)}t`,
      `${"2**".repeat(1300)}t`,
      `${"abs(".repeat(1000)}t`,
      `t${"<<1".repeat(1000)}`,
      `(t>1)${"&(t>1)".repeat(500)}`,
    ]) {
      expect(mistake(() => parseFormula(text)).message, text.slice(0, 20)).toMatch(
        /at most 64 levels of nesting/,
      );
    }
    expect(mistake(() => parseFormula(`t${"+t".repeat(2000)}`)).message).toMatch(
      /at most 2000 numbers, names and operators/,
    );
    expect(process.cpuUsage(started).user).toBeLessThan(1e6);
  });

  test("one that is just small enough is evaluated", () => {
    expect(values(`t${"+1".repeat(999)}`, [1])).toEqual([1000]);
    expect(values(`${"(".repeat(60)}t${")".repeat(60)}`, [4])).toEqual([4]);
    expect(values(`${"abs(".repeat(60)}t${")".repeat(60)}`, [4])).toEqual([4]);
    expect(values(`${"1**".repeat(60)}t`, [4])).toEqual([1]);
  });
});
