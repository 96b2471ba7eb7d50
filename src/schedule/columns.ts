/**
 * Arithmetic on columns of numbers, one number per frame, with the three kinds of numexpr: boolean, 64-bit integer, double.
 *
 * A formula is evaluated once for all frames, operator by operator, so that the cost of walking the formula is paid once. Integers are
 * kept as doubles while every one of them is below 2^53 and as 64-bit integers beyond, where sums and products wrap as in numexpr 2.8.
 */

export type Kind = "boolean" | "integer" | "real";

/** `values` has one number per frame, or a single one that stands for all frames. Booleans are 0 and 1. */
export interface Column {
  readonly kind: Kind;
  readonly values: Float64Array | BigInt64Array;
}

/** A column, or a literal of the formula: a whole number is an integer, any other is real. */
export type Operand = Column | number;

export function realColumn(values: Float64Array): Column {
  return { kind: "real", values };
}

export function booleanColumn(values: Float64Array): Column {
  return { kind: "boolean", values };
}

/** Whole numbers below 2^53. */
export function integerColumn(values: Float64Array): Column {
  return { kind: "integer", values };
}

export function kindOf(operand: Operand): Kind {
  if (typeof operand === "number") return Number.isInteger(operand) ? "integer" : "real";
  return operand.kind;
}

/** The operand in double precision. The array may be the operand's own: do not write to it. */
export function toReal(operand: Operand): Float64Array {
  if (typeof operand === "number") return Float64Array.of(operand);
  return operand.values instanceof Float64Array ? operand.values : Float64Array.from(operand.values, Number);
}

/** A real function of one operand. */
export function mapReal(f: (x: number) => number, operand: Operand): Column {
  const input = toReal(operand);
  const values = new Float64Array(input.length);
  for (let i = 0; i < values.length; i++) values[i] = f(input[i]!);
  return realColumn(values);
}

/** A real function of two operands. */
export function mapReal2(f: (x: number, y: number) => number, left: Operand, right: Operand): Column {
  return realColumn(zip(toReal(left), toReal(right), f));
}

/** A real function of any number of operands. */
export function mapReals(f: (...values: number[]) => number, ...operands: readonly Operand[]): Column {
  const inputs = operands.map(toReal);
  const values = new Float64Array(Math.max(...inputs.map(({ length }) => length)));
  const row = inputs.map(() => 0);
  for (let i = 0; i < values.length; i++) {
    for (let k = 0; k < row.length; k++) row[k] = inputs[k]![inputs[k]!.length === 1 ? 0 : i]!;
    values[i] = f(...row);
  }
  return realColumn(values);
}

/** 1 where the comparison holds, else 0; false for NaN unless `f` says otherwise. */
export function compare(f: (x: number, y: number) => boolean, left: Operand, right: Operand): Column {
  return booleanColumn(zip(toReal(left), toReal(right), (x, y) => (f(x, y) ? 1 : 0)));
}

export function add(left: Operand, right: Operand): Column {
  return arithmetic(
    left,
    right,
    (x, y) => x + y,
    (x, y) => x + y,
  );
}

export function subtract(left: Operand, right: Operand): Column {
  return arithmetic(
    left,
    right,
    (x, y) => x - y,
    (x, y) => x - y,
  );
}

export function multiply(left: Operand, right: Operand): Column {
  if (isReal(left, right)) return mapReal2((x, y) => x * y, left, right);
  return arithmetic(
    left,
    right,
    // Whole numbers have one zero, doubles two: 1 / (0 * -5) is infinite, not minus infinite.
    (x, y) => x * y + 0,
    (x, y) => x * y,
  );
}

export function negate(operand: Operand): Column {
  return subtract(kindOf(operand) === "real" ? -0 : 0, operand);
}

/** Always real: 7 / 2 is 3.5, and x / 0 is infinite. */
export function divide(left: Operand, right: Operand): Column {
  return mapReal2((x, y) => x / y, left, right);
}

/** Takes the sign of the divisor, as Python's `%`. An integer modulo 0 is 0, a real one NaN. */
export function modulo(left: Operand, right: Operand): Column {
  if (isReal(left, right)) return mapReal2(floorModulo, left, right);
  return arithmetic(
    left,
    right,
    (x, y) => (y === 0 ? 0 : floorModulo(x, y)),
    (x, y) => (y === 0n ? 0n : ((x % y) + y) % y),
  );
}

/** Remainder with the sign of the divisor. */
export function floorModulo(x: number, y: number): number {
  const remainder = x % y;
  return remainder !== 0 && remainder < 0 !== y < 0 ? remainder + y : remainder + 0;
}

/** numexpr multiplies out integer powers up to this constant exponent; all others it takes in double precision. */
export const MAX_MULTIPLIED_EXPONENT = 50;

/**
 * Power. An integer to a literal 0 … 50 is an integer and wraps to 64 bits like a product. Any other power is real; one of integers that
 * needs more than 64 bits is −2^63, as numexpr's conversion from double gives.
 */
export function power(base: Operand, exponent: Operand): Column {
  if (isReal(base, exponent)) return mapReal2(Math.pow, base, exponent);
  if (typeof exponent === "number" && exponent <= MAX_MULTIPLIED_EXPONENT) {
    return arithmetic(base, exponent, powerExact, (x, y) => x ** y);
  }
  return mapReal2((x, y) => (y < 0 ? x ** y : saturate(x ** y)), base, exponent);
}

function saturate(value: number): number {
  return Math.abs(value) < 2 ** 63 ? value : -(2 ** 63);
}

/** Integer power by squaring: exact up to 2^53, where Math.pow may be one off; some number beyond if the result is. */
function powerExact(base: number, exponent: number): number {
  let result = 1;
  let factor = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= factor;
    if (rest > 1) factor *= factor;
  }
  return result;
}

/** x · 2^y, wrapping to 64 bits; the processor looks at the last six bits of y only. */
export function shiftLeft(left: Operand, right: Operand): Column {
  return arithmetic(
    left,
    right,
    (x, y) => (y >= 0 && y < 64 ? x * 2 ** y : Number.NaN),
    (x, y) => x << (y & 63n),
  );
}

/** x / 2^y rounded down. */
export function shiftRight(left: Operand, right: Operand): Column {
  return arithmetic(
    left,
    right,
    (x, y) => (y >= 0 && y < 64 ? Math.floor(x / 2 ** y) : Number.NaN),
    (x, y) => x >> (y & 63n),
  );
}

/** `yes` where the condition is not 0, else `no`. */
export function choose(condition: Operand, yes: Operand, no: Operand): Column {
  const test = toReal(condition);
  if (!isReal(yes, no) && (isWide(yes) || isWide(no))) {
    const [ifTrue, ifFalse] = [toBigInt(yes), toBigInt(no)];
    const length = Math.max(test.length, ifTrue.length, ifFalse.length);
    const values = new BigInt64Array(length);
    for (let i = 0; i < length; i++) values[i] = at(test, i) !== 0 ? at(ifTrue, i) : at(ifFalse, i);
    return { kind: "integer", values };
  }
  const [ifTrue, ifFalse] = [toReal(yes), toReal(no)];
  const length = Math.max(test.length, ifTrue.length, ifFalse.length);
  const values = new Float64Array(length);
  for (let i = 0; i < length; i++) values[i] = at(test, i) !== 0 ? at(ifTrue, i) : at(ifFalse, i);
  return { kind: commonKind(kindOf(yes), kindOf(no)), values };
}

/** The kind of a sum, or of a choice, of two kinds. */
export function commonKind(left: Kind, right: Kind): Kind {
  return left === "real" || right === "real" ? "real" : "integer";
}

/** Keeps integers whole and wraps them to 64 bits; anything else is done in double precision. */
function arithmetic(
  left: Operand,
  right: Operand,
  inDoubles: (x: number, y: number) => number,
  inIntegers: (x: bigint, y: bigint) => bigint,
): Column {
  if (isReal(left, right)) return realColumn(zip(toReal(left), toReal(right), inDoubles));
  if (!isWide(left) && !isWide(right)) {
    const values = zip(toReal(left), toReal(right), inDoubles);
    if (values.every((value) => Number.isSafeInteger(value))) return integerColumn(values);
  }
  const [x, y] = [toBigInt(left), toBigInt(right)];
  const values = new BigInt64Array(Math.max(x.length, y.length));
  for (let i = 0; i < values.length; i++) values[i] = inIntegers(at(x, i), at(y, i));
  return values.every((value) => Number.isSafeInteger(Number(value)))
    ? integerColumn(Float64Array.from(values, Number))
    : { kind: "integer", values };
}

function isReal(left: Operand, right: Operand): boolean {
  return kindOf(left) === "real" || kindOf(right) === "real";
}

function isWide(operand: Operand): boolean {
  return typeof operand !== "number" && operand.values instanceof BigInt64Array;
}

/** Of an integer or boolean operand. */
function toBigInt(operand: Operand): BigInt64Array {
  if (typeof operand === "number") return BigInt64Array.of(BigInt(operand));
  return operand.values instanceof BigInt64Array
    ? operand.values
    : BigInt64Array.from(operand.values, BigInt);
}

function zip(left: Float64Array, right: Float64Array, f: (x: number, y: number) => number): Float64Array {
  const values = new Float64Array(Math.max(left.length, right.length));
  const leftStep = left.length === 1 ? 0 : 1;
  const rightStep = right.length === 1 ? 0 : 1;
  for (let i = 0; i < values.length; i++) values[i] = f(left[i * leftStep]!, right[i * rightStep]!);
  return values;
}

function at(values: Float64Array, index: number): number;
function at(values: BigInt64Array, index: number): bigint;
function at(values: Float64Array | BigInt64Array, index: number): number | bigint {
  return values.length === 1 ? values[0]! : values[index]!;
}
