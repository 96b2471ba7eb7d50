/** Numbers for a detector's boxes. */
import { expect, it } from "vitest";
import { boxFacts } from "./box-facts.ts";

const FACE = { left: 0.375, top: 0.25, width: 0.25, height: 0.25, confidence: 0.8 };

it("tell how many there are, the share of the largest, and whether an edge cuts one", () => {
  expect(boxFacts([])).toEqual({ count: 0, largestShare: 0, isCut: false });
  expect(boxFacts([FACE, { ...FACE, width: 0.125 }])).toEqual({
    count: 2,
    largestShare: 0.0625,
    isCut: false,
  });
  for (const place of [{ left: 0.005 }, { top: -0.1 }, { left: 0.745 }, { top: 0.8 }])
    expect(boxFacts([FACE, { ...FACE, ...place }]), JSON.stringify(place)).toMatchObject({ isCut: true });
});

it("do not count what lies outside of the picture", () => {
  const { largestShare } = boxFacts([{ ...FACE, left: -0.1, width: 0.2, top: 0.9 }]);
  expect(largestShare).toBeCloseTo(0.1 * 0.1, 9);
  expect(boxFacts([{ ...FACE, left: -1, top: -1, width: 3, height: 3 }]).largestShare).toBe(1);
});
