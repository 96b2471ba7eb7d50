/** Weighted sums of rows, ready to be repeated for many rows. */

import { floatsAt, kernels, wordsAt } from "./kernels.ts";

/** Bytes of a list of `terms` rows and weights, for {@link setTerms}. */
export function termBytes(terms: number): number {
  return 8 * terms;
}

/** Writes the places of rows and their weights at `list`. */
export function setTerms(list: number, rows: ArrayLike<number>, weights: ArrayLike<number>): void {
  wordsAt(list, rows.length).set(rows);
  floatsAt(list + 4 * rows.length, rows.length).set(weights);
}

/** `output` becomes the weighted sum of the rows that {@link setTerms} wrote: `count` floats. */
export function weighRows(list: number, terms: number, output: number, count: number): void {
  kernels.weighRows(list, list + 4 * terms, terms, output, count);
}
