/** A number per frame → the shortest schedule text that gives the same numbers. */

/**
 * Keys only where the values leave a straight line, in Deforum's notation: `0:(0), 30:(15), 99:(15)`.
 *
 * @param values finite, at least one
 * @returns a number when all values are equal
 */
export function compactSchedule(values: ArrayLike<number>): string | number {
  const last = values.length - 1;
  const frames = [0];
  for (let end = 0; end < last; frames.push(end)) end = endOfLine(values, end);
  // What follows the last key stays as it is, so a level end needs no key.
  if (frames.length > 1 && values[last] === values[frames.at(-2)!]) frames.pop();
  if (frames.length === 1) return values[0]!;
  return frames.map((frame) => `${frame}:(${decimal(values[frame]!)})`).join(", ");
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
