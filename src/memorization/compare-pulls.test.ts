/** A pull on the scale of others. */
import { expect, it } from "vitest";
import { comparePull, ORDINARY_PROMPTS, scaleOf } from "./compare-pulls.ts";

it("has the mean, deviation and largest of the others as its scale", () => {
  const scale = scaleOf([1, 2, 3, 4]);
  expect(scale).toMatchObject({ count: 4, mean: 2.5, largest: 4 });
  expect(scale.deviation).toBeCloseTo(1.2909944487, 9);
});

it("stands out above all others by more than three deviations only", () => {
  const scale = scaleOf([1, 2, 3, 4]);
  expect(comparePull("a", 7, scale)).toMatchObject({ prompt: "a", pull: 7, standsOut: true });
  expect(comparePull("a", 6, scale).standsOut).toBe(false);
  expect(comparePull("a", 5, scaleOf([1, 1, 1, 1, 6])).standsOut).toBe(false);
  expect(comparePull("a", 6, scale).deviations).toBeCloseTo(3.5 / 1.2909944487, 9);
});

it("is compared with prompts that are all different", () => {
  expect(new Set(ORDINARY_PROMPTS).size).toBe(ORDINARY_PROMPTS.length);
});
