/** The closed table of the functions a formula may call: numexpr's, and the few that everyone misses there. */

import {
  choose,
  commonKind,
  compare,
  kindOf,
  mapReal,
  mapReal2,
  realColumn,
  toReal,
  type Column,
  type Kind,
  type Operand,
} from "./columns.ts";
import { OSCILLATORS } from "./oscillators.ts";

export interface FormulaFunction {
  /** As in a reference page: `where(condition, yes, no)`. */
  readonly signature: string;
  readonly description: string;
  /** Fewest and most arguments. */
  readonly arity: readonly [number, number];
  /** The kind of the result for arguments of these kinds. */
  readonly kind: (kinds: readonly Kind[]) => Kind;
  readonly run: (...operands: Operand[]) => Column;
  /** True when the first argument has to be a comparison. */
  readonly conditional?: boolean;
  /** True when the frame comes before the arguments as written. */
  readonly ofTime?: boolean;
}

const MANY = 64;
const ALWAYS_REAL = (): Kind => "real";
const SAME = (kinds: readonly Kind[]): Kind => kinds.reduce(commonKind, "integer");

function oneReal(name: string, f: (x: number) => number, description: string): [string, FormulaFunction] {
  return [
    name,
    { signature: `${name}(x)`, description, arity: [1, 1], kind: ALWAYS_REAL, run: (x) => mapReal(f, x) },
  ];
}

function twoReals(
  signature: string,
  f: (x: number, y: number) => number,
  description: string,
): [string, FormulaFunction] {
  const name = signature.slice(0, signature.indexOf("("));
  return [
    name,
    { signature, description, arity: [2, 2], kind: ALWAYS_REAL, run: (x, y) => mapReal2(f, x, y) },
  ];
}

/** @param prefers whether x is to be taken rather than y, neither being NaN */
function extreme(
  name: string,
  prefers: (x: number, y: number) => boolean,
  description: string,
): [string, FormulaFunction] {
  return [
    name,
    {
      signature: `${name}(a, b, …)`,
      description,
      arity: [1, MANY],
      kind: SAME,
      run: (first, ...others) =>
        others.reduce<Column>((best, next) => preferred(prefers, best, next), identity(first)),
    },
  ];
}

const smaller = (x: number, y: number): boolean => x <= y;
const larger = (x: number, y: number): boolean => x >= y;

/** NaN if one of both is, as in NumPy. */
function preferred(prefers: (x: number, y: number) => boolean, left: Operand, right: Operand): Column {
  const takesLeft = compare((x, y) => Number.isNaN(x) || prefers(x, y), left, right);
  return choose(takesLeft, left, right);
}

function identity(operand: Operand): Column {
  return typeof operand === "number" ? { kind: kindOf(operand), values: Float64Array.of(operand) } : operand;
}

/** To the nearest whole number, halves to the even one, as NumPy. */
function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

export const FUNCTIONS: ReadonlyMap<string, FormulaFunction> = new Map<string, FormulaFunction>([
  oneReal("sin", Math.sin, "sine of x in radians"),
  oneReal("cos", Math.cos, "cosine of x in radians"),
  oneReal("tan", Math.tan, "tangent of x in radians"),
  oneReal("arcsin", Math.asin, "inverse sine, radians"),
  oneReal("arccos", Math.acos, "inverse cosine, radians"),
  oneReal("arctan", Math.atan, "inverse tangent, radians"),
  twoReals("arctan2(y, x)", Math.atan2, "angle of the point (x, y), radians"),
  oneReal("sinh", Math.sinh, "hyperbolic sine"),
  oneReal("cosh", Math.cosh, "hyperbolic cosine"),
  oneReal("tanh", Math.tanh, "hyperbolic tangent"),
  oneReal("arcsinh", Math.asinh, "inverse hyperbolic sine"),
  oneReal("arccosh", Math.acosh, "inverse hyperbolic cosine"),
  oneReal("arctanh", Math.atanh, "inverse hyperbolic tangent"),
  oneReal("exp", Math.exp, "e to the power x"),
  oneReal("expm1", Math.expm1, "exp(x) − 1, exact for small x"),
  oneReal("log", Math.log, "natural logarithm"),
  oneReal("log2", Math.log2, "logarithm to base 2"),
  oneReal("log10", Math.log10, "logarithm to base 10"),
  oneReal("log1p", Math.log1p, "log(1 + x), exact for small x"),
  oneReal("sqrt", Math.sqrt, "square root"),
  oneReal("cbrt", Math.cbrt, "cube root"),
  oneReal("abs", Math.abs, "distance from 0"),
  oneReal("floor", Math.floor, "next whole number below"),
  oneReal("ceil", Math.ceil, "next whole number above"),
  oneReal("round", roundHalfEven, "nearest whole number, halves to the even one"),
  oneReal("trunc", Math.trunc, "x without its fraction"),
  oneReal("sign", Math.sign, "−1, 0 or 1"),
  twoReals("fmod(x, y)", (x, y) => x % y, "remainder with the sign of x; the operator % has the sign of y"),
  twoReals("hypot(x, y)", Math.hypot, "square root of x² + y²"),
  extreme("min", smaller, "smallest"),
  extreme("max", larger, "largest"),
  extreme("minimum", smaller, "smallest, numexpr's newer name"),
  extreme("maximum", larger, "largest, numexpr's newer name"),
  [
    "clip",
    {
      signature: "clip(x, low, high)",
      description: "x kept between low and high",
      arity: [3, 3],
      kind: SAME,
      run: (x, low, high) => preferred(smaller, preferred(larger, x, low), high),
    },
  ],
  [
    "where",
    {
      signature: "where(condition, yes, no)",
      description: "yes on frames where the comparison holds, no elsewhere",
      arity: [3, 3],
      kind: ([, yes, no]) => commonKind(yes!, no!),
      run: (condition, yes, no) => choose(condition, yes, no),
      conditional: true,
    },
  ],
  ...OSCILLATORS,
  // Numbers here are real and there is one per frame, which leaves these of numexpr with little to do.
  oneReal("real", (x) => x, "x as a real number"),
  oneReal("conj", (x) => x, "x as a real number"),
  oneReal("imag", () => 0, "0"),
  oneReal("ones_like", () => 1, "1"),
  ["sum", { signature: "sum(x)", description: "x", arity: [1, 1], kind: SAME, run: (x) => identity(x) }],
  ["prod", { signature: "prod(x)", description: "x", arity: [1, 1], kind: SAME, run: (x) => identity(x) }],
]);

/** 1 on frames where both conditions hold. */
export function both(left: Operand, right: Operand): Column {
  return compare((x, y) => x !== 0 && y !== 0, left, right);
}

/** 1 on frames where one of the conditions holds, or both. */
export function either(left: Operand, right: Operand): Column {
  return compare((x, y) => x !== 0 || y !== 0, left, right);
}

/** 1 on frames where the condition does not hold. */
export function opposite(condition: Operand): Column {
  return compare((x) => x === 0, condition, 0);
}

/** The operand in double precision. */
export function asReal(operand: Operand): Column {
  return realColumn(toReal(operand));
}
