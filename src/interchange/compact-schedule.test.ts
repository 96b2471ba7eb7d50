import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSchedule } from "../schedule/schedule.ts";
import { compactSchedule, decimal } from "./compact-schedule.ts";

const smooth = fc
  .array(fc.record({ frames: fc.integer({ min: 1, max: 20 }), slope: fc.integer({ min: -3, max: 3 }) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((pieces) => {
    const values = [0];
    for (const { frames, slope } of pieces)
      for (let i = 0; i < frames; i++) values.push(values.at(-1)! + slope / 8);
    return values;
  });

describe("compactSchedule", () => {
  it("gives back the same value on every frame", () => {
    const values = fc.oneof(
      smooth,
      fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 }),
    );
    fc.assert(
      fc.property(values, (expected) => {
        const context = { frames: expected.length, fps: 15, seed: 0 };
        const found = parseSchedule(compactSchedule(expected)).evaluate(context);
        for (const [frame, value] of expected.entries()) {
          expect(Math.abs(found[frame]! - value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)));
        }
      }),
    );
  });

  it("writes keys only where the line bends", () => {
    expect(compactSchedule([0, 0.5, 1, 1.5, 1.5, 1.5])).toBe("0:(0), 3:(1.5)");
    expect(compactSchedule([1, 1, 1, 0, 0])).toBe("0:(1), 2:(1), 3:(0)");
    expect(compactSchedule([7, 7, 7])).toBe(7);
    expect(compactSchedule([0, 1, 4])).toBe("0:(0), 1:(1), 2:(4)");
  });
});

describe("decimal", () => {
  it.each([
    [1e-7, "0.0000001"],
    [-2.5e-9, "-0.0000000025"],
    [1e21, "1000000000000000000000"],
    [0.65, "0.65"],
    [-0, "0"],
    [100, "100"],
  ])("writes %d without an exponent", (value, text) => {
    expect(decimal(value)).toBe(text);
  });
});
