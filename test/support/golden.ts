/** Compares tensors with golden ones. */

import { expect } from "vitest";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** Largest absolute difference of two tensors, which must have the same shape. */
export function largestDifference(found: Tensor, expected: Tensor): number {
  expect(found.dims).toEqual(expected.dims);
  return worstDifference(found.data, expected.data);
}

/** The same of lists of numbers, which must have the same length; NaN where one of them is. */
export function worstDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found).toHaveLength(expected.length);
  let most = 0;
  for (let i = 0; i < expected.length; i++) most = Math.max(most, Math.abs(found[i]! - expected[i]!));
  return most;
}

/** Root mean square of the differences over that of the expected values. */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [error, all] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    error += (found[i]! - expected[i]!) ** 2;
    all += expected[i]! ** 2;
  }
  return Math.sqrt(error / all);
}
