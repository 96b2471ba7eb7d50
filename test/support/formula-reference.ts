/**
 * A second evaluation of formulas, one frame at a time and straight from the tree: what numexpr computes, written down independently of the
 * parser and its columns. Whole numbers are BigInts that wrap to 64 bits, all others doubles; literals are worked out before, as Python does.
 */

export type Tree =
  /** Digits as written, `1_000`, `.5`, `True`. */
  | { readonly type: "literal"; readonly text: string }
  | { readonly type: "variable"; readonly name: "t" | "s" | "max_f" }
  | { readonly type: "unary"; readonly operator: "-" | "~"; readonly operand: Tree }
  | { readonly type: "binary"; readonly operator: string; readonly left: Tree; readonly right: Tree }
  | { readonly type: "call"; readonly name: string; readonly operands: readonly Tree[] };

/** No value on any frame: a constant divided by zero, or without a real result. */
export class NoConstant extends Error {}

/** A BigInt is a whole number, a boolean a comparison. */
type Value = bigint | number | boolean;

/** A constant is worked out once, whatever the frame. */
interface Result {
  readonly value: Value;
  readonly isLiteral: boolean;
}

export type Frame = Readonly<Record<"t" | "s" | "max_f", number>>;

/** @throws NoConstant */
export function referenceValue(tree: Tree, frame: Frame): number {
  return toDouble(evaluate(tree, frame).value);
}

function evaluate(tree: Tree, frame: Frame): Result {
  switch (tree.type) {
    case "literal":
      return literal(readLiteral(tree.text));
    case "variable":
      return { value: BigInt(frame[tree.name]), isLiteral: false };
    case "unary": {
      const { value, isLiteral } = evaluate(tree.operand, frame);
      if (tree.operator === "~") return { value: value === false, isLiteral: false };
      const negative = typeof value === "number" ? -value : wrapped(-toWhole(value));
      return isLiteral ? literal(negative) : { value: negative, isLiteral };
    }
    case "binary": {
      const [left, right] = [evaluate(tree.left, frame), evaluate(tree.right, frame)];
      if (left.isLiteral && right.isLiteral && CONSTANT_OPERATORS.has(tree.operator)) {
        return literal(constant(tree.operator, left.value, right.value));
      }
      return { value: binary(tree.operator, left.value, right), isLiteral: false };
    }
    default:
      return {
        value: call(
          tree.name,
          tree.operands.map((operand) => evaluate(operand, frame).value),
        ),
        isLiteral: false,
      };
  }
}

const CONSTANT_OPERATORS = new Set(["+", "-", "*", "/", "%", "**"]);

function literal(value: Value): Result {
  // Python's whole numbers have no end; those beyond 53 bits go on as doubles.
  const isLong = typeof value === "bigint" && !Number.isSafeInteger(Number(value));
  return { value: isLong ? Number(value) : value, isLiteral: true };
}

function readLiteral(text: string): Value {
  if (text === "True" || text === "False") return text === "True";
  const digits = text.replaceAll("_", "");
  return /^(?:\d+|0x[\da-f]+)$/i.test(digits) ? BigInt(digits) : Number(digits);
}

function constant(operator: string, left: Value, right: Value): Value {
  const areWhole = typeof left !== "number" && typeof right !== "number";
  const [x, y] = [toDouble(left), toDouble(right)];
  if ((operator === "/" || operator === "%") && y === 0) throw new NoConstant("divided by zero");
  if (operator === "**" && x === 0 && y < 0) throw new NoConstant("divided by zero");
  let value: Value;
  if (areWhole && operator !== "/" && !(operator === "**" && y < 0)) {
    value = wholeConstant(operator, toWhole(left), toWhole(right));
  } else value = doubles(operator, x, y);
  if (Number.isNaN(value)) throw new NoConstant("no real number");
  return value;
}

function wholeConstant(operator: string, x: bigint, y: bigint): Value {
  if (operator === "+") return x + y;
  if (operator === "-") return x - y;
  if (operator === "*") return x * y;
  if (operator === "%") return ((x % y) + y) % y;
  // Beyond what doubles hold exactly, the library's power may be an ulp off.
  const power = Number(x) ** Number(y);
  return Math.abs(power) < 2 ** 54 ? x ** y : power;
}

function binary(operator: string, left: Value, { value: right, isLiteral }: Result): Value {
  const [x, y] = [toDouble(left), toDouble(right)];
  switch (operator) {
    case "<":
      return x < y;
    case "<=":
      return x <= y;
    case ">":
      return x > y;
    case ">=":
      return x >= y;
    case "==":
      return x === y;
    case "!=":
      return x !== y;
    case "&":
      return left === true && right === true;
    case "|":
      return left === true || right === true;
  }
  if (typeof left === "number" || typeof right === "number" || operator === "/")
    return doubles(operator, x, y);
  const [a, b] = [toWhole(left), toWhole(right)];
  switch (operator) {
    case "+":
      return wrapped(a + b);
    case "-":
      return wrapped(a - b);
    case "*":
      return wrapped(a * b);
    case "%":
      return b === 0n ? 0n : ((a % b) + b) % b;
    case "<<":
      return wrapped(a << (b & 63n));
    case ">>":
      return a >> (b & 63n);
    default: {
      // Constant powers up to 50 are multiplied out, all others taken in doubles.
      if (isLiteral && b >= 0n && b <= 50n) return wrapped(a ** b);
      const power = x ** y;
      return y >= 0 && !(Math.abs(power) < 2 ** 63) ? -(2 ** 63) : power;
    }
  }
}

function doubles(operator: string, x: number, y: number): number {
  switch (operator) {
    case "+":
      return x + y;
    case "-":
      return x - y;
    case "*":
      return x * y;
    case "/":
      return x / y;
    case "%": {
      const rest = x % y;
      return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest + 0;
    }
    default:
      return x ** y;
  }
}

const REAL: Readonly<Record<string, (x: number, y: number) => number>> = {
  sin: Math.sin,
  arctan2: Math.atan2,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  floor: Math.floor,
  sign: Math.sign,
  fmod: (x, y) => x % y,
};

export const REAL_FUNCTIONS: readonly string[] = Object.keys(REAL);

function call(name: string, operands: readonly Value[]): Value {
  const [first, ...others] = operands as [Value, ...Value[]];
  switch (name) {
    case "where":
      return first === true ? alike(others[0]!, others) : alike(others[1]!, others);
    case "min":
    case "max":
      return others.reduce((best, next) => extreme(name, best, next), alike(first, operands));
    case "clip":
      return extreme("min", extreme("max", first, others[0]!), others[1]!);
    default:
      return REAL[name]!(toDouble(first), toDouble(others[0] ?? 0));
  }
}

function extreme(name: "min" | "max", left: Value, right: Value): Value {
  const [x, y] = [toDouble(left), toDouble(right)];
  const takesLeft = Number.isNaN(x) || (name === "min" ? x <= y : x >= y);
  return alike(takesLeft ? left : right, [left, right]);
}

/** A double where one of all is, else a whole number. */
function alike(value: Value, all: readonly Value[]): Value {
  return all.some((other) => typeof other === "number") ? toDouble(value) : toWhole(value);
}

function toDouble(value: Value): number {
  return Number(value);
}

function toWhole(value: Value): bigint {
  return BigInt(value);
}

function wrapped(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}
