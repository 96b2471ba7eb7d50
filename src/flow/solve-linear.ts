/** Small systems of linear equations. */

/** Pivots below this share of the largest number make a system undecided. */
const SINGULAR = 1e-10;

/**
 * Gauss–Jordan elimination with row pivots.
 *
 * @param equations n rows of n coefficients and the right side; changed in place
 * @returns n numbers, or null when the equations do not decide them
 */
export function solveLinear(equations: number[][]): number[] | null {
  const count = equations.length;
  const largest = Math.max(...equations.flatMap((row) => row.slice(0, count).map(Math.abs)));
  for (let column = 0; column < count; column++) {
    let pivot = column;
    for (let row = column + 1; row < count; row++) {
      if (Math.abs(equations[row]![column]!) > Math.abs(equations[pivot]![column]!)) pivot = row;
    }
    [equations[column], equations[pivot]] = [equations[pivot]!, equations[column]!];
    const lead = equations[column]!;
    if (!(Math.abs(lead[column]!) > SINGULAR * largest)) return null;
    for (const row of equations) {
      if (row === lead) continue;
      const factor = row[column]! / lead[column]!;
      for (let j = column; j <= count; j++) row[j]! -= factor * lead[j]!;
    }
  }
  return equations.map((row, i) => row[count]! / row[i]!);
}
