/**
 * A formula of the frame, evaluated by expr-eval.
 *
 * The checked tree (formula-parser.ts) is written out in expr-eval's own notation and parsed by it; its operators and functions are replaced
 * by ours, which work on whole columns (columns.ts), so one evaluation gives all frames. expr-eval never sees the user's text.
 */

import { Parser } from "expr-eval";

import { ScheduleError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { excerpt } from "../printable.ts";
import {
  add,
  booleanColumn,
  compare,
  divide,
  integerColumn,
  modulo,
  multiply,
  negate,
  power,
  realColumn,
  shiftLeft,
  shiftRight,
  subtract,
  toReal,
  type Column,
  type Operand,
} from "./columns.ts";
import { parseFormulaTree } from "./formula-parser.ts";
import { isChain, type BinaryOperator, type FormulaNode, type VariableName } from "./formula-tree.ts";
import { asReal, both, either, FUNCTIONS, opposite } from "./functions.ts";

/** What the variables of a formula stand for. */
export interface FormulaScope {
  /** The frames to evaluate, whole numbers. */
  readonly t: Float64Array;
  /** Seed of the run. */
  readonly s: number;
  /** The last frame. */
  readonly max_f: number;
  /** Frames per second, for formulas with times such as `2s`. */
  readonly fps?: number;
  /** Beats per minute, for formulas with `4b`. */
  readonly bpm?: number | undefined;
  /** What `prev` is on the first of the frames; default 0. */
  readonly prev?: number;
}

export interface Formula {
  /** Whether the value can differ from frame to frame. */
  readonly usesTime: boolean;
  /**
   * One number per frame of `scope.t`; NaN where a function is not defined, infinite after a division by zero.
   *
   * @throws ScheduleError when it counts in beats and there is no bpm, or `prev` grows beyond 1e15 or takes too long
   */
  evaluate(scope: FormulaScope): Float64Array;
}

// expr-eval hands operands to its operators untouched; its declaration tells neither that nor where binary operators are kept.
declare module "expr-eval" {
  interface Parser {
    binaryOps: Record<string, (left: Operand, right: Operand) => Column>;
  }
  interface Expression {
    evaluate(scope: Readonly<Record<string, Column>>): Operand;
  }
}

const parser = Object.assign(
  new Parser({ allowMemberAccess: false, operators: { assignment: false, fndef: false } }),
  {
    consts: table({}),
    unaryOps: table({ "-": negate }),
    binaryOps: table({
      "+": add,
      "-": subtract,
      "*": multiply,
      "/": divide,
      "%": modulo,
      "^": power,
      "<": comparison((x, y) => x < y),
      "<=": comparison((x, y) => x <= y),
      ">": comparison((x, y) => x > y),
      ">=": comparison((x, y) => x >= y),
      "==": comparison((x, y) => x === y),
      "!=": comparison((x, y) => x !== y),
    }),
    functions: table({
      ...Object.fromEntries([...FUNCTIONS].map(([name, { run }]) => [name, run])),
      // Operators that expr-eval lacks, spells otherwise, or evaluates one number at a time.
      both,
      either,
      opposite,
      shift_left: shiftLeft,
      shift_right: shiftRight,
      as_real: asReal,
    }),
  },
);

/** Frames evaluated at a time: few enough for the intermediate columns to stay in the processor's cache. */
const BLOCK = 4096;

const CONSTANTS = {
  true_: booleanColumn(Float64Array.of(1)),
  false_: booleanColumn(Float64Array.of(0)),
  infinity: realColumn(Float64Array.of(Infinity)),
};

/**
 * Reads a formula.
 *
 * @param variables the names it may use; the place of a key may not depend on `t`
 * @throws ScheduleError with the offset of the mistake in `text`
 */
export function parseFormula(
  text: string,
  variables: readonly VariableName[] = ["t", "s", "max_f", "fps", "beat", "prev"],
): Formula {
  const tree = parseFormulaTree(text, variables);
  const expression = parser.parse(write(tree));
  const used = new Set(expression.variables());
  return {
    usesTime: used.has("t") || used.has("prev"),
    evaluate({ t, s, max_f, fps = Number.NaN, bpm, prev = 0 }) {
      if (used.has("beat") && bpm === undefined) {
        throw new ScheduleError(`expected bpm for a time in beats, found ${excerpt(text)} and no bpm`, {
          offset: 0,
          hint: "set bpm to the beats per minute of the music, or write the time in frames or seconds",
        });
      }
      const run = {
        ...CONSTANTS,
        s: integerColumn(Float64Array.of(s)),
        max_f: integerColumn(Float64Array.of(max_f)),
        fps: realColumn(Float64Array.of(fps)),
        beat: realColumn(Float64Array.of((60 * fps) / (bpm ?? 1))),
      };
      if (used.has("prev")) {
        const cost = t.length * countNodes(tree);
        if (cost > LIMITS.schedule.formulaSteps) throw tooManySteps(t.length);
        return inOrder(t, prev, (frame, last) =>
          toReal(expression.evaluate({ ...run, t: integerColumn(frame), prev: realColumn(last) })),
        );
      }
      const values = new Float64Array(t.length);
      for (let start = 0; start < t.length; start += BLOCK) {
        const frames = t.subarray(start, start + BLOCK);
        const block = toReal(expression.evaluate({ ...run, t: integerColumn(frames) }));
        if (block.length === frames.length) values.set(block, start);
        else values.fill(block[0]!, start, start + frames.length);
      }
      return values;
    },
  };
}

/** Farther from zero than any setting goes. */
const MAX_PREVIOUS = 1e15;

/** Frame by frame, each with the value before. A frame without a value hands on the one before. */
function inOrder(
  t: Float64Array,
  first: number,
  evaluate: (frame: Float64Array, last: Float64Array) => Float64Array,
): Float64Array {
  const values = new Float64Array(t.length);
  let last = first;
  for (let i = 0; i < t.length; i++) {
    const [value] = evaluate(Float64Array.of(t[i]!), Float64Array.of(last));
    if (Math.abs(value!) > MAX_PREVIOUS) {
      throw new ScheduleError(
        `expected values that stay small, found ${value!.toPrecision(3)} at frame ${t[i]}`,
        {
          offset: 0,
          hint: "with prev a formula builds on itself: multiply prev by less than 1, or clip the result",
        },
      );
    }
    values[i] = value!;
    if (!Number.isNaN(value)) last = value!;
  }
  return values;
}

function countNodes(node: FormulaNode): number {
  if (node.type === "call") return node.operands.reduce((sum, operand) => sum + countNodes(operand), 1);
  if (node.type === "binary") return 1 + countNodes(node.left) + countNodes(node.right);
  return node.type === "unary" ? 1 + countNodes(node.operand) : 1;
}

function tooManySteps(frames: number): ScheduleError {
  return new ScheduleError(`expected a shorter formula with prev for ${frames} frames`, {
    offset: 0,
    hint: "such a formula is evaluated frame by frame; write it without prev, or with fewer numbers and names",
  });
}

/** The tree in expr-eval's notation. */
function write(node: FormulaNode): string {
  if (node.type === "literal") return writeLiteral(node.value, node.kind);
  if (node.type === "variable") return node.name;
  if (node.type === "call") return `${node.name}(${node.operands.map(write).join(", ")})`;
  if (node.type === "binary") return writeBinary(node.operator, node.left, node.right);
  return node.operator === "-" ? `-${bracketed(node.operand)}` : `opposite(${write(node.operand)})`;
}

const AS_FUNCTION: Partial<Record<BinaryOperator, string>> = {
  "&": "both",
  "|": "either",
  "<<": "shift_left",
  ">>": "shift_right",
};

function writeBinary(operator: BinaryOperator, left: FormulaNode, right: FormulaNode): string {
  const name = AS_FUNCTION[operator];
  if (name !== undefined) return `${name}(${write(left)}, ${write(right)})`;
  const symbol = operator === "**" ? "^" : operator;
  // A constant power is multiplied out, one of True, too.
  const isTruth = operator === "**" && right.type === "literal" && right.kind === "boolean";
  const second = isTruth ? writeLiteral(right.value, "integer") : bracketed(right);
  return `${isChain(operator, left) ? write(left) : bracketed(left)} ${symbol} ${second}`;
}

function bracketed(node: FormulaNode): string {
  return node.type === "binary" || node.type === "unary" ? `(${write(node)})` : write(node);
}

function writeLiteral(value: number, kind: FormulaNode["kind"]): string {
  if (kind === "boolean") return value === 0 ? "false_" : "true_";
  const magnitude = Math.abs(value) === Infinity ? "infinity" : String(Math.abs(value));
  const unsigned = kind === "real" && Number.isInteger(value) ? `as_real(${magnitude})` : magnitude;
  return value < 0 || Object.is(value, -0) ? `(-${unsigned})` : unsigned;
}

function comparison(f: (x: number, y: number) => boolean): (left: Operand, right: Operand) => Column {
  return (left, right) => compare(f, left, right);
}

/** A table without the properties that every object inherits. */
function table<T>(entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.assign(Object.create(null), entries);
}
