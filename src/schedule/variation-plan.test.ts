import { describe, expect, it } from "vitest";
import { loadSettings } from "../settings/load.ts";
import { planFrames } from "./plan.ts";

function planOf(text: string) {
  return planFrames(
    loadSettings({ file: "a.yaml", text: `prompts: x\nseed: 7\nframes: 6\n${text}` }).settings,
  );
}

describe("subseeds in the plan", () => {
  it("are not there while nothing is varied", () => {
    for (const frame of planOf("subseed: 5")) expect(frame).not.toHaveProperty("subseed");
  });

  it("have whole numbers and the strength of their frame", () => {
    const plan = planOf("subseed: '0:(1), 5:(3)'\nsubseed_strength: '0:(0), 5:(1)'");
    expect(plan.map(({ subseed }) => subseed)).toEqual([1, 1, 1, 2, 2, 3]);
    expect(plan.map(({ subseed_strength }) => subseed_strength)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  });

  it("of −1 are drawn per diffused frame, apart from the seeds, and the same each time", () => {
    const text = "subseed: -1\nsubseed_strength: 0.1\ncadence: 2\nseed_behavior: schedule\nseed_schedule: -1";
    const plan = planOf(text);
    const drawn = plan.map(({ subseed }) => subseed!);
    expect(new Set(drawn).size).toBe(3);
    expect(drawn[2]).toBe(drawn[3]);
    expect(plan.every(({ seed, subseed }) => seed !== subseed)).toBe(true);
    expect(planOf(text)).toEqual(plan);
  });

  it("of another run seed are others", () => {
    const text = "subseed: -1\nsubseed_strength: 0.1";
    const other = planFrames(
      loadSettings({ file: "a.yaml", text: `prompts: x\nseed: 8\nframes: 6\n${text}` }).settings,
    );
    expect(other[0]!.subseed).not.toBe(planOf(text)[0]!.subseed);
  });
});
