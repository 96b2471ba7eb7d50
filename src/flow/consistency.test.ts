import { describe, expect, it } from "vitest";
import { readGoldenFloats } from "../../test/support/deforum-fixtures.ts";
import { consistencyWeights, weighFlow } from "./consistency.ts";

const SIZE = { width: 64, height: 64 };
const forward = readGoldenFloats("flow/est_dis_medium_f32le.bin");
const backward = readGoldenFloats("flow/est_dis_medium_backward_f32le.bin");

/** The first of the golden masks' three channels, which is the one that Deforum uses. */
function firstChannel(path: string): Float32Array {
  return readGoldenFloats(path).filter((_, i) => i % 3 === 0);
}

function largestDifference(found: Float32Array, expected: Float32Array): number {
  expect(found.length).toBe(expected.length);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
}

describe("the consistency of two flows", () => {
  it("is Deforum's at every pixel", () => {
    const weights = consistencyWeights(forward, backward, SIZE, { blur: 0, deforumExact: true });
    expect(weights).toEqual(firstChannel("flow/consistency_64x64x3_f32le.bin"));
  });

  it("is blurred as Deforum blurs it", () => {
    const weights = consistencyWeights(forward, backward, SIZE, { blur: 2, deforumExact: true });
    expect(largestDifference(weights, firstChannel("flow/consistency_blur2_64x64x3_f32le.bin"))).toBeLessThan(
      1e-6,
    );
    const reliable = readGoldenFloats("flow/reliable_flow_f32le.bin");
    expect(largestDifference(weighFlow(forward, weights), reliable)).toBeLessThan(1e-5);
  });

  it("stops unreliable vectors instead of sending them back, unless Deforum's way is asked for", () => {
    const exact = consistencyWeights(forward, backward, SIZE, { blur: 0, deforumExact: true });
    const ours = consistencyWeights(forward, backward, SIZE, { blur: 0 });
    expect(ours).toEqual(exact.map((weight) => Math.max(0, weight)));
    expect(ours.filter((weight) => weight === 0).length).toBeGreaterThan(100);
  });

  it("trusts a flow whose way back is its opposite", () => {
    const right = Float32Array.from({ length: 2 * 64 * 64 }, (_, i) => (i % 2 === 0 ? 3 : -2));
    const back = right.map((value) => -value);
    expect(consistencyWeights(right, back, SIZE, { blur: 0 }).every((weight) => weight === 1)).toBe(true);
  });
});
