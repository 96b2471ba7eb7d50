/** Compares tensors with golden ones. */

import { expect } from "vitest";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** Largest absolute difference of two tensors, which must have the same shape. */
export function largestDifference(found: Tensor, expected: Tensor): number {
  expect(found.dims).toEqual(expected.dims);
  return found.data.reduce((most, value, i) => Math.max(most, Math.abs(value - expected.data[i]!)), 0);
}
