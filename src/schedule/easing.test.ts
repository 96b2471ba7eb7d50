import { describe, expect, test } from "vitest";

import { ScheduleError } from "../errors.ts";
import { EASINGS, parseEasing } from "./easing.ts";

describe("each easing leads from 0 to 1", () => {
  test.each([...EASINGS.keys(), "bezier(0.1, -0.5, 0.9, 1.5)", "bezier ( .5,+1,0.5 ,-0)"])("%s", (name) => {
    const ease = parseEasing(name);
    expect(ease(0)).toBeCloseTo(0, 14);
    const holds = name === "step" || name === "hold";
    expect(ease(1)).toBeCloseTo(holds ? 0 : 1, 14);
  });
});

test.each([
  // A point (x, y) of each curve, worked out by hand from the definition of a cubic Bézier curve at parameter 0.25 or 0.5.
  ["ease", 0.3125, 0.5375],
  ["ease_in", 0.3334375, 0.15625],
  ["ease_out", 0.0971875, 0.15625],
  ["ease_in_out", 0.2743750000000001, 0.15625],
  ["bezier(0.1, -0.5, 0.9, 1.5)", 0.5, 0.5],
  ["bezier(0.1, -0.5, 0.9, 1.5)", 0.184375, 0.015625],
  ["ease_in_cubic", 0.5, 0.125],
  ["ease_out_cubic", 0.5, 0.875],
  ["ease_in_out_cubic", 0.25, 0.0625],
  ["linear", 0.3, 0.3],
  ["step", 0.999, 0],
])("%s goes through (%d, %d)", (name, time, way) => {
  expect(parseEasing(name)(time)).toBeCloseTo(way, 12);
});

test("easing out is easing in backwards, and easing in and out is its own mirror image", () => {
  for (let time = 0; time <= 1; time += 0.05) {
    for (const suffix of ["", "_cubic"]) {
      expect(parseEasing(`ease_out${suffix}`)(time)).toBeCloseTo(
        1 - parseEasing(`ease_in${suffix}`)(1 - time),
        12,
      );
      const both = parseEasing(`ease_in_out${suffix}`);
      expect(both(time)).toBeCloseTo(1 - both(1 - time), 12);
    }
  }
});

test.each([
  ["ease_inn", /did you mean ease_in\?/],
  ["", /known easings: linear, step/],
  ["bezier", /bezier\(0\.42, 0, 0\.58, 1\)/],
  ["bezier(1, 2, 3)", /four numbers/],
  ["bezier(1.01, 0, 0, 1)", /four numbers/],
  ["bezier(0, 0, -0.1, 1)", /four numbers/],
  ["bezier(0, 0, t, 1)", /four numbers/],
])("%j is a mistake", (text, hint) => {
  expect(() => parseEasing(text)).toThrow(ScheduleError);
  expect(() => parseEasing(text)).toThrow(
    expect.objectContaining({ offset: 0, hint: expect.stringMatching(hint) }),
  );
});
