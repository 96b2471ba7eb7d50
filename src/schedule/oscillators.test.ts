import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ScheduleError } from "../errors.ts";
import { parseFormula } from "./formula.ts";
import { parseSchedule, type ScheduleSource } from "./schedule.ts";

function values(text: string, frames: number): number[] {
  const t = Float64Array.from({ length: frames }, (_, frame) => frame);
  return [...parseFormula(text).evaluate({ t, s: 7, max_f: frames - 1, fps: 10, bpm: 120 })];
}

function schedule(source: ScheduleSource, frames: number, bpm?: number): number[] {
  return [...parseSchedule(source).evaluate({ frames, seed: 0, fps: 10, ...(bpm !== undefined && { bpm }) })];
}

describe("waves", () => {
  test.each([
    ["wave(8)", [0, Math.SQRT1_2, 1, Math.SQRT1_2, 0, -Math.SQRT1_2, -1, -Math.SQRT1_2, 0]],
    ["tri(8)", [0, 0.5, 1, 0.5, 0, -0.5, -1, -0.5, 0]],
    ["saw(4)", [-1, -0.5, 0, 0.5, -1, -0.5, 0, 0.5, -1]],
    ["pulse(4)", [1, 1, 0, 0, 1, 1, 0, 0, 1]],
    ["pulse(4, 0.25)", [1, 0, 0, 0, 1, 0, 0, 0, 1]],
    ["tri(8, 0.25)", [1, 0.5, 0, -0.5, -1, -0.5, 0, 0.5, 1]],
    // At 10 frames per second and 120 beats per minute a beat has 5 frames.
    ["pulse(0.4s)", [1, 1, 0, 0, 1, 1, 0, 0, 1]],
    ["saw(1b)", [-1, -0.6, -0.2, 0.2, 0.6, -1, -0.6, -0.2, 0.2]],
    ["t >= 0.5s", [0, 0, 0, 0, 0, 1, 1, 1, 1]],
    ["2b + beat + fps", Array(9).fill(25)],
  ])("%s", (text, expected) => {
    values(text, 9).forEach((value, frame) => expect(value).toBeCloseTo(expected[frame] ?? NaN, 12));
  });

  test("a wave without a length has no value", () => {
    expect(values("wave(0)", 2)).toEqual([NaN, NaN]);
  });

  test("a wave has no place in the place of a key", () => {
    expect(() => parseSchedule("tri(4):(1)")).toThrow(
      expect.objectContaining({ hint: "the place of a key cannot depend on the frame" }),
    );
  });
});

describe("noise1d", () => {
  test("is 0 at whole numbers, between −1 and 1, smooth, and another for another seed", () => {
    expect(values("noise1d(t)", 50).every((value) => Math.abs(value) < 1e-12)).toBe(true);
    const wander = values("noise1d(t/16)", 4000);
    const other = values("noise1d(t/16, s)", 4000);
    expect(Math.max(...wander)).toBeGreaterThan(0.6);
    expect(Math.min(...wander)).toBeLessThan(-0.6);
    expect(Math.max(...wander.map(Math.abs))).toBeLessThanOrEqual(1);
    expect(Math.max(...wander.slice(1).map((value, i) => Math.abs(value - wander[i]!)))).toBeLessThan(0.25);
    expect(other).not.toEqual(wander);
    expect(values("noise1d(t/16)", 4000)).toEqual(wander);
  });
});

test("smoothstep is 0, an S, and 1", () => {
  expect(values("smoothstep(2, 6, t)", 9)).toEqual([0, 0, 0, 0.15625, 0.5, 0.84375, 1, 1, 1]);
});

describe("prev", () => {
  test("is the value of the frame before", () => {
    expect(values("prev + t", 5)).toEqual([0, 1, 3, 6, 10]);
    expect(schedule("0:(8), 1:(prev/2)", 5)).toEqual([8, 4, 2, 1, 0.5]);
    expect(schedule("0:(8), 2:(prev+1), 4:(0)", 6)).toEqual([8, 8.5, 9, 10, 0, 0]);
  });

  test("hands on the last value past frames without one", () => {
    expect(schedule("where(t == 2, sqrt(-1), prev + 1)", 5)).toEqual([1, 2, 2.5, 3, 4]);
  });

  test("is refused when it grows without end, with the frame", () => {
    expect(() => schedule("prev*10 + 1", 100)).toThrow(
      /expected values that stay small, found 1\.11e\+15 at frame 15/,
    );
  });

  test("is refused when it would take long", () => {
    const long = `prev*0.5${"+1".repeat(900)}`;
    expect(schedule(long, 100)[99]).toBeCloseTo(1800, 6);
    expect(() => schedule(long, 100_000)).toThrow(ScheduleError);
  });
});

describe("times in formulas", () => {
  test("need bpm when they count beats", () => {
    expect(schedule("wave(4b)", 20, 60)[10]).toBeCloseTo(1, 12);
    expect(() => schedule({ 0: 1, 5: "wave(4b)" }, 20)).toThrow(
      expect.objectContaining({ key: "5", offset: 0, message: expect.stringContaining("expected bpm") }),
    );
    expect(schedule("0:(0), max_f-1s:(1)", 21)[10]).toBe(1);
  });

  test("leave the numbers of other notations alone", () => {
    expect(values("0b11 + 0x1b", 1)).toEqual([30]);
    expect(() => parseFormula("2sin(t)")).toThrow("expected an operator after the number");
    expect(() => parseFormula("2s3")).toThrow(ScheduleError);
  });
});

describe("an easing for the whole schedule", () => {
  test("shapes every way but those with one of their own, and leaves formulas alone", () => {
    const eased = schedule({ easing: "ease_in_quad", 0: 0, 4: { value: 4, easing: "linear" }, 8: 8 }, 9);
    expect(eased).toEqual([0, 0.25, 1, 2.25, 4, 5, 6, 7, 8]);
    expect(schedule({ easing: "ease_in_quad", 0: "t*2" }, 3)).toEqual([0, 2, 4]);
  });

  test("is named in its mistake", () => {
    expect(() => parseSchedule({ easing: "bouncy", 0: 1 })).toThrow(
      expect.objectContaining({ key: "easing", offset: 0, message: "expected an easing, found `bouncy`" }),
    );
    expect(() => parseSchedule({ easing: 3, 0: 1 })).toThrow("expected the name of an easing");
    expect(() => parseSchedule({ easing: "ease" })).toThrow("expected at least one key");
  });
});

test("columns give what single frames give", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(
        "wave(7)",
        "tri(3.3, 0.1)",
        "saw(9)",
        "pulse(5, 0.3, 0.2)",
        "noise1d(t/9, 4)",
        "smoothstep(3, 90, t)",
      ),
      fc.integer({ min: 0, max: 9999 }),
      (text, frame) => {
        expect(parseFormula(text).evaluate({ t: Float64Array.of(frame), s: 7, max_f: 1 })[0]).toBe(
          values(text, 10_000)[frame],
        );
      },
    ),
    { numRuns: 60 },
  );
});
