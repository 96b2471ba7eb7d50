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
  ["ease_in_sine", 1 / 3, 1 - Math.sqrt(3) / 2],
  ["ease_in_quad", 0.5, 0.25],
  ["ease_out_quart", 0.5, 0.9375],
  ["ease_in_expo", 0.5, 31 / 1023],
  // A tenth too far, where its slope is 0: at 1 − 2·1.70158 / (3·2.70158) from the end.
  ["ease_out_back", 0.5801025079151212, 1.100004070842896],
  ["ease_in_back", 0.5, -0.0876975],
  // Half a period before the end the spring is at rest in its place.
  ["ease_out_elastic", 0.375, 1],
  // The ball is down for the first time, at the top of its first bounce, and down again.
  ["ease_out_bounce", 1 / 2.75, 1],
  ["ease_out_bounce", 1.5 / 2.75, 0.75],
  ["ease_out_bounce", 2 / 2.75, 1],
  ["linear", 0.3, 0.3],
  ["step", 0.999, 0],
])("%s goes through (%d, %d)", (name, time, way) => {
  expect(parseEasing(name)(time)).toBeCloseTo(way, 12);
});

test("easing out is easing in backwards, and easing in and out is its own mirror image", () => {
  for (let time = 0; time <= 1; time += 0.05) {
    for (const suffix of [
      "",
      "_cubic",
      "_sine",
      "_quad",
      "_quart",
      "_expo",
      "_back",
      "_elastic",
      "_bounce",
    ]) {
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
