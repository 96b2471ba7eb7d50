/**
 * Formula text → checked tree: the grammar and precedence of Python as numexpr sees it, over a closed set of names.
 *
 * What a user can write ends here: the tree has only known names, right argument counts and fitting kinds, is at most 64 deep and 2,000
 * nodes large.
 */

import { closest, distance } from "fastest-levenshtein";

import { ScheduleError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Kind } from "./columns.ts";
import { excerpt } from "../printable.ts";
import { tokenizeFormula, type Token } from "./formula-tokens.ts";
import {
  binaryNode,
  literal,
  negativeNode,
  requireCondition,
  type BinaryOperator,
  type FormulaNode,
  type Literal,
  type VariableName,
} from "./formula-tree.ts";
import { FUNCTIONS } from "./functions.ts";

/** How tightly the operators bind; Python's order, in which comparisons come after & and |. */
const PRECEDENCE: Readonly<Record<Exclude<BinaryOperator, "**">, number>> = {
  "<": 1,
  "<=": 1,
  ">": 1,
  ">=": 1,
  "==": 1,
  "!=": 1,
  "|": 2,
  "&": 3,
  "<<": 4,
  ">>": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "%": 6,
};
const COMPARISON_LEVEL = 1;

const CONSTANTS: ReadonlyMap<string, readonly [Kind, number]> = new Map([
  ["pi", ["real", Math.PI]],
  ["e", ["real", Math.E]],
  ["True", ["boolean", 1]],
  ["False", ["boolean", 0]],
]);

/** Names of other languages and dialects, and what to write here. */
const FOREIGN_NAMES: ReadonlyMap<string, string> = new Map([
  ["and", "write (a > 1) & (b > 2)"],
  ["or", "write (a > 1) | (b > 2)"],
  ["not", "write ~(a > 1)"],
  ["if", "write where(condition, yes, no)"],
  ["else", "write where(condition, yes, no)"],
  ["in", "compare with <, <=, ==, !="],
  ["lambda", "a formula cannot define functions"],
  ["complex", "formulas are made of real numbers"],
  ["contains", "formulas are made of real numbers"],
  ["asin", "write arcsin"],
  ["acos", "write arccos"],
  ["atan", "write arctan"],
  ["atan2", "write arctan2"],
  ["asinh", "write arcsinh"],
  ["acosh", "write arccosh"],
  ["atanh", "write arctanh"],
  ["ln", "write log"],
  ["pow", "write a ** b"],
  ["mod", "write a % b"],
  ["frame", "the frame is called t"],
  ["frames", "the last frame is called max_f"],
  ["max_frames", "the last frame is called max_f"],
  ["seed", "the seed of the run is called s"],
  ["T", "the frame is called t"],
  ["PI", "write pi"],
]);

/**
 * Reads a formula.
 *
 * @param text at most 4,096 characters
 * @param variables the names it may use: for the place of a key all but `t` (also written `i`) and `prev`
 * @throws ScheduleError with the offset of the mistake in `text`
 */
export function parseFormulaTree(text: string, variables: readonly VariableName[]): FormulaNode {
  if (text.length > LIMITS.schedule.formulaCharacters) {
    throw new ScheduleError(
      `expected at most ${LIMITS.schedule.formulaCharacters} characters, found ${text.length}`,
      {
        offset: LIMITS.schedule.formulaCharacters,
        hint: "split the formula into several keys",
      },
    );
  }
  const tokens = tokenizeFormula(text);
  let position = 0;
  let level = 0;
  let nodes = 0;

  const root = binaryExpression(COMPARISON_LEVEL);
  const rest = peek();
  if (rest.type !== "end")
    throw expected(rest.text === ")" ? "an opening bracket before it" : "an operator", rest);
  return root;

  function peek(): Token {
    return tokens[position]!;
  }

  function accept(symbol: string): boolean {
    const matches = peek().type === "symbol" && peek().text === symbol;
    if (matches) position++;
    return matches;
  }

  function node<T extends FormulaNode>(made: T): T {
    nodes++;
    if (nodes > LIMITS.schedule.formulaNodes)
      throw tooLarge(`at most ${LIMITS.schedule.formulaNodes} numbers, names and operators`, made.offset);
    if (made.depth > LIMITS.schedule.formulaDepth) throw tooDeep(made.offset);
    return made;
  }

  /** The tree cannot be deeper than the parser went, so the parser stops before the stack does. */
  function nested<T>(read: () => T): T {
    level++;
    if (level > LIMITS.schedule.formulaDepth) throw tooDeep(peek().offset);
    const result = read();
    level--;
    return result;
  }

  function binaryExpression(lowest: number): FormulaNode {
    let left = unaryExpression();
    for (;;) {
      const operator = peek();
      if (!isInfix(operator.text) || PRECEDENCE[operator.text] < lowest) return left;
      const precedence = PRECEDENCE[operator.text];
      position++;
      const right = nested(() => binaryExpression(precedence + 1));
      left = node(binaryNode(operator.text, operator.offset, left, right));
      const next = peek();
      if (
        precedence === COMPARISON_LEVEL &&
        isInfix(next.text) &&
        PRECEDENCE[next.text] === COMPARISON_LEVEL
      ) {
        throw expected("one comparison at a time", next, "write (1 < t) & (t < 5)");
      }
    }
  }

  function unaryExpression(): FormulaNode {
    const { offset } = peek();
    if (accept("-")) return node(negativeNode(nested(unaryExpression), offset));
    if (accept("+")) return nested(unaryExpression);
    if (accept("~")) {
      const operand = nested(unaryExpression);
      requireCondition(operand, "~");
      return node({
        type: "unary",
        operator: "~",
        operand,
        kind: "boolean",
        depth: operand.depth + 1,
        offset,
      });
    }
    return powerExpression();
  }

  function powerExpression(): FormulaNode {
    const base = primary();
    const operator = peek();
    if (!accept("**")) return base;
    return node(binaryNode("**", operator.offset, base, nested(unaryExpression)));
  }

  function primary(): FormulaNode {
    const token = peek();
    if (token.type === "number") {
      position++;
      return node(numberLiteral(token));
    }
    if (token.type === "duration") {
      position++;
      return duration(token);
    }
    if (token.type === "name") {
      position++;
      return peek().text === "(" ? call(token) : name(token);
    }
    if (accept("(")) {
      const inner = nested(() => binaryExpression(COMPARISON_LEVEL));
      if (!accept(")")) throw expected("an operator or a closing bracket", peek());
      return inner;
    }
    throw expected("a number, a name or a bracket", token);
  }

  /** `2s` as 2 · fps, `4b` as 4 · beat. */
  function duration(token: Token): FormulaNode {
    const { offset } = token;
    const count = node(literal("real", Number(token.text.slice(0, -1)), offset));
    return node(binaryNode("*", offset, count, variable(token.text.endsWith("s") ? "fps" : "beat", offset)));
  }

  function variable(asked: VariableName, offset: number): FormulaNode {
    const kind = asked === "t" || asked === "s" || asked === "max_f" ? "integer" : "real";
    return node({ type: "variable", name: asked, kind, depth: 1, offset });
  }

  function name(token: Token): FormulaNode {
    const constant = CONSTANTS.get(token.text);
    if (constant !== undefined) return node(literal(constant[0], constant[1], token.offset));
    const asked = token.text === "i" ? "t" : token.text;
    if (isOneOf(asked, variables)) return variable(asked, token.offset);
    if (asked === "t") {
      throw expected("s, max_f or a number", token, "the place of a key cannot depend on the frame");
    }
    if (FUNCTIONS.has(token.text)) {
      throw expected("a value", token, `call it: ${FUNCTIONS.get(token.text)!.signature}`);
    }
    throw unknownName(token, [...variables, ...CONSTANTS.keys(), ...FUNCTIONS.keys()]);
  }

  function call(token: Token): FormulaNode {
    const definition = FUNCTIONS.get(token.text);
    if (definition === undefined) {
      if (isOneOf(token.text, variables) || CONSTANTS.has(token.text)) {
        throw expected("an operator", peek(), `write a product as ${token.text}*(…)`);
      }
      throw unknownName(token, [...FUNCTIONS.keys()]);
    }
    const written = operandList();
    const [fewest, most] = definition.arity;
    if (written.length < fewest || written.length > most) {
      const count = fewest === most ? `${fewest}` : `${fewest} to ${most}`;
      throw new ScheduleError(
        `expected ${count} argument${count === "1" ? "" : "s"} for ${token.text}, found ${written.length}`,
        {
          offset: token.offset,
          hint: `write ${definition.signature}`,
        },
      );
    }
    if (definition.ofTime === true && !variables.includes("t")) {
      throw expected("s, max_f or a number", token, "the place of a key cannot depend on the frame");
    }
    const operands = definition.ofTime === true ? [variable("t", token.offset), ...written] : written;
    if (definition.conditional === true) requireCondition(operands[0]!, token.text);
    return node({
      type: "call",
      name: token.text,
      operands,
      kind: definition.kind(operands.map((operand) => operand.kind)),
      depth: 1 + Math.max(...operands.map((operand) => operand.depth)),
      offset: token.offset,
    });
  }

  function operandList(): FormulaNode[] {
    position++;
    if (peek().text === ")") {
      position++;
      return [];
    }
    const operands: FormulaNode[] = [];
    do operands.push(nested(() => binaryExpression(COMPARISON_LEVEL)));
    while (accept(","));
    if (!accept(")")) throw expected("a comma or a closing bracket", peek());
    return operands;
  }
}

function numberLiteral(token: Token): Literal {
  const digits = token.text.replaceAll("_", "");
  const value = Number(digits);
  const whole = /^(?:\d+|0[xXbBoO].*)$/.test(digits) && Number.isSafeInteger(value);
  return literal(whole ? "integer" : "real", value, token.offset);
}

function isInfix(text: string): text is keyof typeof PRECEDENCE {
  return Object.hasOwn(PRECEDENCE, text);
}

function isOneOf<T extends string>(text: string, names: readonly T[]): text is T {
  return names.some((name) => name === text);
}

function unknownName(token: Token, known: readonly string[]): ScheduleError {
  return expected("a known name", token, FOREIGN_NAMES.get(token.text) ?? suggestion(token.text, known));
}

/** `did you mean sin?`, or all that is known. */
function suggestion(name: string, known: readonly string[]): string {
  const nearest = closest(name, known);
  return distance(name, nearest) <= Math.max(1, Math.floor(name.length / 2))
    ? `did you mean ${nearest}?`
    : `known names: ${known.join(", ")}`;
}

function expected(what: string, token: Token, hint?: string): ScheduleError {
  const found = token.type === "end" ? "the end of the formula" : excerpt(token.text);
  const advice =
    hint ??
    (token.type === "name" ? FOREIGN_NAMES.get(token.text) : undefined) ??
    "write formulas as in 0.5 + 0.1*sin(t/10)";
  return new ScheduleError(`expected ${what}, found ${found}`, { offset: token.offset, hint: advice });
}

function tooDeep(offset: number): ScheduleError {
  return tooLarge(`at most ${LIMITS.schedule.formulaDepth} levels of nesting`, offset);
}

function tooLarge(limit: string, offset: number): ScheduleError {
  return new ScheduleError(`expected ${limit}, found more`, { offset, hint: "make the formula simpler" });
}
