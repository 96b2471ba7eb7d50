import { describe, expect, it } from "vitest";
import { guide } from "./guidance.ts";

const negative = [0.25, -0.5, 1, 0.5, -1, 0.75];
const positive = [0.5, -1.25, 2, 0.25, -0.75, 1.5];
const batch = Float32Array.of(...negative, ...positive);

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(Math.abs(actual[i]! - value)).toBeLessThan(1e-6));
}

describe("guide", () => {
  it("goes from the negative prompt beyond the prompt", () => {
    expectClose(guide(batch, [1], { scale: 5, rescale: 0 }), [1.5, -4.25, 6, -0.75, 0.25, 4.5]);
    expectClose(guide(batch, [1], { scale: 1, rescale: 0 }), positive);
    expectClose(guide(batch, [1], { scale: 0, rescale: 0 }), negative);
  });

  it("takes contrast back as diffusers does", () => {
    // Computed with rescale_noise_cfg of diffusers 0.42.1 and torch 2.13.0.
    const expected = [0.805498, -2.28224444, 3.22199202, -0.402749, 0.13424967, 2.41649389];
    expectClose(guide(batch, [1], { scale: 5, rescale: 0.7 }), expected);
  });

  it("gives the prompts' own contrast when all of it is taken back, and a flat picture as it is", () => {
    const guided = guide(batch, [1], { scale: 9, rescale: 1 });
    expect(deviation(guided)).toBeCloseTo(deviation(Float32Array.from(positive)), 5);
    expectClose(guide(Float32Array.of(2, 2, 3, 3), [1], { scale: 5, rescale: 1 }), [7, 7]);
  });

  it("weighs several prompts against the one negative prompt", () => {
    const three = Float32Array.of(1, 10, 2, 20, 4, 40);
    // 1 + 2 · (1.2 · (2 − 1) − 0.5 · (4 − 1))
    expectClose(guide(three, [1.2, -0.5], { scale: 2, rescale: 0 }), [0.4, 4]);
  });

  it("does not need the negative prompt where weights and scale come to 1", () => {
    const either = [Float32Array.of(7, 2, 4), Float32Array.of(-90, 2, 4)];
    for (const predictions of either)
      expectClose(guide(predictions, [0.25, 0.75], { scale: 1, rescale: 0 }), [3.5]);
  });
});

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
