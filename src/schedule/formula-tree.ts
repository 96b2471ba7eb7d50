/**
 * The checked tree of a formula: nodes whose operands fit, and the arithmetic of literals, which is done while the tree is built.
 *
 * numexpr does the same before it looks at a frame; hence 1/0 is a mistake, but t/0 is infinite.
 */

import { ScheduleError } from "../errors.ts";
import { commonKind, floorModulo, MAX_MULTIPLIED_EXPONENT, type Kind } from "./columns.ts";

/** The frame, the seed, the last frame; frames per second and per beat; the value of the frame before. */
export type VariableName = "t" | "s" | "max_f" | "fps" | "beat" | "prev";
export type UnaryOperator = "-" | "~";
export type BinaryOperator = "+" | "-" | "*" | "/" | "%" | "**" | "<<" | ">>" | "&" | "|" | Comparison;
export type Comparison = "<" | "<=" | ">" | ">=" | "==" | "!=";

interface NodeFacts {
  readonly kind: Kind;
  /** Levels of nesting, 1 for a leaf; the left operand in a chain such as a + b - c is on the level of its chain. */
  readonly depth: number;
  /** Where the node begins, in characters of the formula. */
  readonly offset: number;
}

export type FormulaNode = NodeFacts &
  (
    | { readonly type: "literal"; readonly value: number }
    | { readonly type: "variable"; readonly name: VariableName }
    | { readonly type: "unary"; readonly operator: UnaryOperator; readonly operand: FormulaNode }
    | {
        readonly type: "binary";
        readonly operator: BinaryOperator;
        readonly left: FormulaNode;
        readonly right: FormulaNode;
      }
    | { readonly type: "call"; readonly name: string; readonly operands: readonly FormulaNode[] }
  );

export type Literal = Extract<FormulaNode, { type: "literal" }>;

/**
 * `left operator right`, folded to a literal when both are.
 *
 * @param offset of the operator
 * @throws ScheduleError when the operands do not fit, or have no real result
 */
export function binaryNode(
  operator: BinaryOperator,
  offset: number,
  left: FormulaNode,
  right: FormulaNode,
): FormulaNode {
  if (left.type === "literal" && right.type === "literal") {
    const folded = fold(operator, left, right, offset);
    if (folded !== undefined) return folded;
  }
  const leftDepth = isChain(operator, left) ? left.depth : left.depth + 1;
  const depth = Math.max(leftDepth, right.depth + 1);
  return {
    type: "binary",
    operator,
    left,
    right,
    kind: binaryKind(operator, left, right),
    depth,
    offset: left.offset,
  };
}

function binaryKind(operator: BinaryOperator, left: FormulaNode, right: FormulaNode): Kind {
  switch (operator) {
    case "+":
    case "-":
    case "*":
    case "%":
      return commonKind(left.kind, right.kind);
    case "**":
      return isMultiplied(right) ? commonKind(left.kind, right.kind) : "real";
    case "/":
      return "real";
    case "<<":
    case ">>":
      for (const side of [left, right]) {
        if (side.kind === "real") {
          throw new ScheduleError(
            `expected whole numbers on both sides of ${operator}, found a real number`,
            {
              offset: side.offset,
              hint: `write x * 2**n or floor(x / 2**n)`,
            },
          );
        }
      }
      return "integer";
    case "&":
    case "|":
      requireCondition(left, operator);
      requireCondition(right, operator);
      return "boolean";
    default:
      return "boolean";
  }
}

/** Whether the power of an integer is a product of integers. */
function isMultiplied(exponent: FormulaNode): boolean {
  return exponent.type === "literal" && exponent.value >= 0 && exponent.value <= MAX_MULTIPLIED_EXPONENT;
}

/** Whether `left` needs no brackets in front of the operator: a + b - c, a * b / c. */
export function isChain(operator: BinaryOperator, left: FormulaNode): boolean {
  if (left.type !== "binary") return false;
  const chains: readonly (readonly string[])[] = [
    ["+", "-"],
    ["*", "/", "%"],
  ];
  return chains.some((chain) => chain.includes(operator) && chain.includes(left.operator));
}

/** `-operand`. */
export function negativeNode(operand: FormulaNode, offset: number): FormulaNode {
  if (operand.type === "literal") {
    return literal(
      operand.kind === "real" ? "real" : "integer",
      operand.kind === "real" ? -operand.value : 0 - operand.value,
      offset,
    );
  }
  const kind = commonKind(operand.kind, operand.kind);
  return { type: "unary", operator: "-", operand, kind, depth: operand.depth + 1, offset };
}

/** Arithmetic of two literals, as Python does it; undefined for the other operators, which need no care. */
function fold(operator: BinaryOperator, left: Literal, right: Literal, offset: number): Literal | undefined {
  const [x, y] = [left.value, right.value];
  const kind = commonKind(left.kind, right.kind);
  switch (operator) {
    case "+":
      return folded(kind, x + y);
    case "-":
      return folded(kind, x - y);
    case "*":
      return folded(kind, kind === "real" ? x * y : x * y + 0);
    case "/":
      requireNonZero(y);
      return folded("real", x / y);
    case "%":
      requireNonZero(y);
      return folded(kind, floorModulo(x, y));
    case "**":
      if (x === 0 && y < 0) requireNonZero(0);
      return folded(y < 0 ? "real" : kind, x ** y);
    default:
      return undefined;
  }

  function requireNonZero(divisor: number): void {
    if (divisor !== 0) return;
    throw new ScheduleError(`expected a divisor other than 0, found 0`, {
      offset: right.offset,
      hint: "a constant division by zero has no value on any frame",
    });
  }

  function folded(resultKind: Kind, value: number): Literal {
    if (Number.isNaN(value)) {
      throw new ScheduleError(`expected a real number, found ${x} ${operator} ${y}, which is none`, {
        offset,
        hint:
          operator === "**"
            ? "a root of a negative number has no real value; write -(8**(1/3)) or cbrt(-8)"
            : "keep numbers below 1e308",
      });
    }
    // Python's integers have no limit; those that 53 bits cannot hold go on as real numbers.
    return literal(Number.isSafeInteger(value) ? resultKind : "real", value, left.offset);
  }
}

export function literal(kind: Kind, value: number, offset: number): Literal {
  return { type: "literal", kind, value, depth: 1, offset };
}

/** @param where the operator or function that asks whether */
export function requireCondition(operand: FormulaNode, where: string): void {
  if (operand.kind === "boolean") return;
  throw new ScheduleError(`expected a comparison for ${where}, found a number`, {
    offset: operand.offset,
    hint: "compare first and bracket it: (t > 5) & (t < 9)",
  });
}
