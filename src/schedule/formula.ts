/**
 * A formula of the frame, evaluated by expr-eval.
 *
 * The checked tree (formula-parser.ts) is written out in expr-eval's own notation and parsed by it; its operators and functions are replaced
 * by ours, which work on whole columns (columns.ts), so one evaluation gives all frames. expr-eval never sees the user's text.
 */

import { Parser } from "expr-eval";

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
}

export interface Formula {
  /** Whether the value can differ from frame to frame. */
  readonly usesTime: boolean;
  /** One number per frame of `scope.t`; NaN where a function is not defined, infinite after a division by zero. */
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
  variables: readonly VariableName[] = ["t", "s", "max_f"],
): Formula {
  const expression = parser.parse(write(parseFormulaTree(text, variables)));
  return {
    usesTime: expression.variables().includes("t"),
    evaluate({ t, s, max_f }) {
      const run = {
        ...CONSTANTS,
        s: integerColumn(Float64Array.of(s)),
        max_f: integerColumn(Float64Array.of(max_f)),
      };
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
  return `${isChain(operator, left) ? write(left) : bracketed(left)} ${symbol} ${bracketed(right)}`;
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
