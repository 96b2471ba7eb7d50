/** Formulas: random ones against a second evaluation, and damaged ones. */

import * as fc from "fast-check";
import { ScheduleError } from "../../src/errors.ts";
import { parseFormula } from "../../src/schedule/formula.ts";
import { NoConstant, REAL_FUNCTIONS, referenceValue, type Tree } from "../support/formula-reference.ts";
import { editedText } from "./edits.ts";
import { fuzz } from "./fuzz.ts";
import { ANY_TEXT, FORMULA } from "./splinters.ts";

const FRAMES = [0, 1, 2, 5, 63, 64, 1000, 94_906_267, 4_294_967_295];
const RUN = { s: 4_000_000_007, max_f: 1000 };

fuzz({
  name: "formulas",
  title: "formulas with random mistakes",
  inputs: fc.oneof(
    editedText(
      [
        "0.5 + 0.1*sin(t/10)",
        "where((t>5)&~(t==9), clip(t**2%7, 0, max_f), wave(30, 0.25))",
        "0.9*prev + noise1d(t/15, 3) - 2s/4b",
        "min(t, s, 0x1F) << 2 >> 1",
      ],
      [...ANY_TEXT, ...FORMULA],
      6,
    ),
    fc.array(fc.constantFrom(...ANY_TEXT, ...FORMULA), { maxLength: 60 }).map((parts) => parts.join("")),
  ),
  least: { read: 200, refused: 3000 },
  read: (text) => {
    const { length } = parseFormula(text).evaluate({
      t: Float64Array.of(...FRAMES),
      ...RUN,
      fps: 15,
      bpm: 90,
    });
    if (length !== FRAMES.length) throw new Error(`gave ${length} values`);
  },
  isLocated: isInside,
});

const LITERALS = [
  "0",
  "1",
  "2",
  "3",
  "7",
  "50",
  "51",
  "63",
  "1_000",
  "0x1F",
  "4294967296",
  "9007199254740991",
  "99999999999999999999",
  "0.5",
  ".25",
  "3.",
  "1e3",
  "1e300",
  "2.5e-7",
];

/** A tree and the formula that it is printed as, with more or fewer brackets and blanks than it needs. */
const { number } = fc.letrec<{ number: Tree; condition: Tree }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 5, depthSize: "medium", withCrossShrink: true },
    fc.constantFrom(...LITERALS).map((text): Tree => ({ type: "literal", text })),
    fc
      .constantFrom("t" as const, "s" as const, "max_f" as const)
      .map((name): Tree => ({ type: "variable", name })),
    fc.tuple(fc.constantFrom("+", "-", "*", "/", "%", "**"), tie("number"), tie("number")).map(binary),
    tie("number").map((operand): Tree => ({ type: "unary", operator: "-", operand })),
    fc
      .tuple(
        fc.constantFrom("<<", ">>"),
        fc.constantFrom("t", "s", "max_f"),
        fc.constantFrom("0", "1", "5", "62", "63", "64"),
      )
      .map(([operator, name, text]): Tree => ({
        type: "binary",
        operator,
        left: { type: "variable", name: name as "t" },
        right: { type: "literal", text },
      })),
    fc
      .tuple(fc.constantFrom(...REAL_FUNCTIONS), tie("number"), tie("number"))
      .map(([name, ...operands]): Tree => ({
        type: "call",
        name,
        operands: operands.slice(0, /2|fmod/.test(name) ? 2 : 1),
      })),
    fc
      .tuple(fc.constantFrom("min", "max"), fc.array(tie("number"), { minLength: 1, maxLength: 3 }))
      .map(([name, operands]): Tree => ({ type: "call", name, operands })),
    fc
      .tuple(tie("condition"), tie("number"), tie("number"))
      .map((operands): Tree => ({ type: "call", name: "where", operands })),
    fc
      .tuple(tie("number"), tie("number"), tie("number"))
      .map((operands): Tree => ({ type: "call", name: "clip", operands })),
    tie("condition"),
  ),
  condition: fc.oneof(
    { maxDepth: 5, depthSize: "medium" },
    fc.constantFrom("True", "False").map((text): Tree => ({ type: "literal", text })),
    fc.tuple(fc.constantFrom("<", "<=", ">", ">=", "==", "!="), tie("number"), tie("number")).map(binary),
    fc.tuple(fc.constantFrom("&", "|"), tie("condition"), tie("condition")).map(binary),
    tie("condition").map((operand): Tree => ({ type: "unary", operator: "~", operand })),
  ),
}));

function binary([operator, left, right]: [string, Tree, Tree]): Tree {
  return { type: "binary", operator, left, right };
}

/** Python's; comparisons do not chain here. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  "|": 2,
  "&": 3,
  "<<": 4,
  ">>": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "%": 6,
  "**": 8,
};
const UNARY = 7;
const ATOM = 9;

/** @param blank between operators and operands */
function print(tree: Tree, least: number, blank: string): string {
  const bracketed = (text: string, precedence: number): string => (precedence < least ? `(${text})` : text);
  switch (tree.type) {
    case "literal":
      return tree.text;
    case "variable":
      return tree.name;
    case "call":
      return `${tree.name}(${tree.operands.map((operand) => print(operand, 0, blank)).join(`,${blank}`)})`;
    case "unary":
      return bracketed(`${tree.operator}${print(tree.operand, UNARY, blank)}`, UNARY);
    default: {
      const precedence = PRECEDENCE[tree.operator] ?? 1;
      const isPower = tree.operator === "**";
      const left = print(tree.left, isPower ? ATOM : precedence + (precedence === 1 ? 1 : 0), blank);
      const right = print(tree.right, isPower ? UNARY : precedence + 1, blank);
      return bracketed(`${left}${blank}${tree.operator}${blank}${right}`, precedence);
    }
  }
}

fuzz({
  name: "formula-values",
  cases: 4000,
  title: "random formulas, which have the values of a second evaluation to the last bit,",
  inputs: fc
    .tuple(number, fc.constantFrom("", " ", "\n"))
    .map(([tree, blank]) => JSON.stringify({ formula: print(tree, 0, blank), tree })),
  least: { read: 5000, refused: 10 },
  read: (input) => {
    const { formula, tree } = JSON.parse(input) as { formula: string; tree: Tree };
    const expected = expectedValues(tree);
    let values: Float64Array;
    try {
      values = parseFormula(formula).evaluate({ t: Float64Array.from(FRAMES), ...RUN });
    } catch (error) {
      if (expected !== undefined) throw new Error(`refused ${formula}: ${String(error)}`, { cause: error });
      throw error;
    }
    if (expected === undefined) throw new Error(`gave ${formula} the value ${values[0]}, which is none`);
    const wrong = FRAMES.findIndex((_, i) => !Object.is(values[i], expected[i]));
    if (wrong >= 0)
      throw new Error(
        `gave ${formula} at t = ${FRAMES[wrong]} the value ${values[wrong]}, expected ${expected[wrong]}`,
      );
  },
  isLocated: (error, input) => isInside(error, (JSON.parse(input) as { formula: string }).formula),
});

/** Undefined where the formula is a mistake. */
function expectedValues(tree: Tree): number[] | undefined {
  try {
    return FRAMES.map((t) => referenceValue(tree, { ...RUN, t }));
  } catch (error) {
    if (error instanceof NoConstant) return undefined;
    throw error;
  }
}

function isInside(error: unknown, text: string): boolean {
  return (
    error instanceof ScheduleError &&
    error.offset !== undefined &&
    error.offset >= 0 &&
    error.offset <= text.length
  );
}
