/** A number per frame → the shortest schedule text that gives the same numbers. */

/**
 * Keys only where the values leave a straight line, in Deforum's notation: `0:(0), 30:(15), 99:(15)`.
 *
 * @param values finite, at least one
 * @returns a number when all values are equal
 */
export function compactSchedule(values: ArrayLike<number>): string | number {
  const last = values.length - 1;
  const keys: string[] = [];
  let start = 0;
  while (start < last) {
    keys.push(`${start}:(${decimal(values[start]!)})`);
    start = endOfLine(values, start);
  }
  keys.push(`${last}:(${decimal(values[last]!)})`);
  // What follows the last key stays as it is, so a level end needs no key.
  if (keys.length > 1 && values[last] === values[lastKeyFrame(keys)]) keys.pop();
  return keys.length === 1 ? values[0]! : keys.join(", ");
}

function lastKeyFrame(keys: readonly string[]): number {
  return Number(keys.at(-2)!.split(":")[0]);
}

/** The last frame up to which the values lie on the line that begins at `start`. */
function endOfLine(values: ArrayLike<number>, start: number): number {
  const first = values[start]!;
  const slope = values[start + 1]! - first;
  // A line from far away drifts by rounding alone; a level has none.
  const slack = slope === 0 ? 0 : 1e-9 * Math.max(Math.abs(first), Math.abs(slope));
  let end = start + 1;
  while (end + 1 < values.length && Math.abs(values[end + 1]! - (first + slope * (end + 1 - start))) <= slack)
    end++;
  return end;
}

/** A number without an exponent, which would make a formula of it: formulas hold where numbers ramp. */
export function decimal(value: number): string {
  const text = String(value + 0);
  if (!text.includes("e")) return text;
  return Math.abs(value) < 1 ? value.toFixed(20).replace(/\.?0+$/, "") : BigInt(Math.round(value)).toString();
}
