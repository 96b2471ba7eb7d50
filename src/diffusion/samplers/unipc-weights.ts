/** The weights of a UniPC step: how much each earlier estimate, and the one found ahead, bends it. */

export interface UniPcStep {
  readonly form: "bh1" | "bh2";
  /** lambda = −log sigma where the step begins and ends. */
  readonly from: number;
  readonly to: number;
  /** lambda of the estimates before the newest, newest first. */
  readonly lambdas: readonly number[];
  /** Whether the estimate at the end of the step takes part, as the last weight. */
  readonly corrects: boolean;
}

/**
 * Weights of the differences to the newest estimate, and the gain B(−h) that multiplies them all.
 *
 * They solve sum over k of weight_k · r_k^n = phi_(n+1)(h) · n! / B(h) for n = 1, 2, …, r_k being the place of estimate k in steps of h (Zhao et al.
 * 2023, theorem 3.1). The weight of a lone estimate is 1/2, as in diffusers: any value keeps the order.
 */
export function uniPcWeights({ form, from, to, lambdas, corrects }: UniPcStep): {
  readonly gain: number;
  readonly weights: readonly number[];
} {
  const h = -(to - from);
  const gain = form === "bh1" ? h : Math.expm1(h);
  const places = [...lambdas.map((lambda) => (lambda - from) / (to - from)), ...(corrects ? [1] : [])];
  if (places.length === 0) return { gain, weights: [] };
  // diffusers divides the differences of earlier estimates by their place, and solves for powers from 0 on.
  if (places.length === 1) return { gain, weights: [0.5 / places[0]!] };
  const sums: number[] = [];
  let phi = Math.expm1(h) / h - 1;
  let factorial = 1;
  for (let n = 1; n <= places.length; n++) {
    sums.push((phi * factorial) / gain);
    factorial *= n + 1;
    phi = phi / h - 1 / factorial;
  }
  const powers = places.map((_, n) => places.map((place) => place ** n));
  return { gain, weights: solve(powers, sums).map((weight, k) => weight / places[k]!) };
}

/** Gaussian elimination with pivoting, for two or three unknowns. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  const count = rows.length;
  for (let column = 0; column < count; column++) {
    const below = rows.slice(column).toSorted((a, b) => Math.abs(b[column]!) - Math.abs(a[column]!));
    rows.splice(column, below.length, ...below);
    const pivot = rows[column]!;
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[column]! / pivot[column]!;
      for (let k = column; k <= count; k++) row[k]! -= factor * pivot[k]!;
    }
  }
  return rows.map((row, i) => row[count]! / row[i]!);
}
