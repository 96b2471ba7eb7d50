import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadSettings } from "../settings/load.ts";
import { distributedFrames } from "./drawn-frames.ts";
import { planCsv, planJson, planText } from "./plan-table.ts";
import { planFrames } from "./plan.ts";

function settingsOf(text: string) {
  return loadSettings({ file: "a.yaml", text: `seed: 7\nsubseed_strength: 0.1\nsubseed: -1\n${text}` })
    .settings;
}

function planOf(text: string) {
  return planFrames(settingsOf(text));
}

function drawnOf(text: string): number[] {
  return planOf(text).flatMap(({ frame, diffuse }) => (diffuse ? [frame] : []));
}

const PROMPTS = "prompts: { 0: a, 7: b, 12: c, 23: d }";

describe("the frames that are drawn", () => {
  it.each([
    ["off", [0, 5, 10, 15, 20]],
    ["keyframes_only", [0, 7, 12, 23]],
    ["additive", [0, 5, 7, 10, 12, 15, 20, 23]],
    // 7 takes the place of 5, 12 that of 10, 23 that of the frame after the last.
    ["redistributed", [0, 7, 12, 15, 20, 23]],
  ])("with %s are %j", (distribution, drawn) => {
    expect(drawnOf(`frames: 24\ncadence: 5\nkeyframe_distribution: ${distribution}\n${PROMPTS}`)).toEqual(
      drawn,
    );
  });

  it("are as many as the cadence has them when they move, and always hold the keys and the first frame", () => {
    const keys = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 8 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 2, max: 9 }), (frames, cadence) => {
        const prompts = Object.fromEntries([0, ...frames].map((frame) => [frame, "x"]));
        const base = { ...settingsOf("prompts: x\nframes: 100"), prompts, cadence };
        const { drawn, end } = distributedFrames({ ...base, keyframe_distribution: "redistributed" });
        expect(drawn[0]).toBe(0);
        expect(drawn).toEqual([...new Set(drawn)].toSorted((a, b) => a - b));
        for (const frame of frames) expect(drawn).toContain(frame);
        const even = Math.ceil(100 / cadence) + 1;
        const all = [...drawn, end].length;
        expect(Math.abs(all - Math.max(even, frames.length + 1))).toBeLessThanOrEqual(1);
        const added = distributedFrames({ ...base, keyframe_distribution: "additive" }).drawn;
        expect(drawn.every((frame) => added.includes(frame))).toBe(true);
      }),
    );
  });

  it("of a shorter run are the first of a longer one, and show as much of the newer picture", () => {
    for (const distribution of ["keyframes_only", "additive", "redistributed"]) {
      const text = `cadence: 5\nkeyframe_distribution: ${distribution}\n${PROMPTS}`;
      const whole = planOf(`frames: 40\n${text}`);
      expect(planOf(`frames: 22\n${text}`)).toEqual(whole.slice(0, 22));
    }
  });

  it("before an edited key stay as they are, up to the block that it cuts", () => {
    const before = planOf(
      `frames: 60\nkeyframe_distribution: keyframes_only\nprompts: { 0: a, 20: b, 40: c }`,
    );
    const after = planOf(
      `frames: 60\nkeyframe_distribution: keyframes_only\nprompts: { 0: a, 20: b, 40: c, 50: d }`,
    );
    expect(after.slice(0, 40)).toEqual(before.slice(0, 40));
    expect(after.findIndex((frame, i) => JSON.stringify(frame) !== JSON.stringify(before[i]))).toBe(40);
  });

  it("have seeds and subseeds of their own, and the frames between have theirs", () => {
    const plan = planOf(`frames: 24\nkeyframe_distribution: keyframes_only\n${PROMPTS}`);
    expect([0, 6, 7, 11, 12, 23].map((frame) => plan[frame]!.seed)).toEqual([7, 7, 8, 8, 9, 10]);
    expect(new Set(plan.map(({ subseed }) => subseed)).size).toBe(4);
  });

  it("begin blocks in which the newer picture comes in evenly, the last one as far as it would go", () => {
    const shares = planOf(`frames: 26\ncadence: 5\nkeyframe_distribution: additive\n${PROMPTS}`).map(
      ({ newerShare }) => newerShare,
    );
    expect(shares.slice(5, 12)).toEqual([1 / 2, 1, 1 / 3, 2 / 3, 1, 1 / 2, 1]);
    expect(shares.slice(23)).toEqual([1 / 2, 1, 1 / 5]);
    const only = planOf(`frames: 8\nkeyframe_distribution: keyframes_only\nprompts: { 0: a, 4: b }`);
    expect(only.map(({ newerShare }) => newerShare)).toEqual([0.25, 0.5, 0.75, 1, 0.25, 0.5, 0.75, 1]);
  });

  it("are all written, though Deforum leaves the last block of an even cadence out", () => {
    expect(planOf(`frames: 24\ncadence: 5\ndeforum_exact: true\n${PROMPTS}`)).toHaveLength(20);
    expect(
      planOf(`frames: 24\ncadence: 5\ndeforum_exact: true\nkeyframe_distribution: additive\n${PROMPTS}`),
    ).toHaveLength(24);
  });

  it("are all of them with cadence 1, which needs no distribution", () => {
    const plain = planOf(`frames: 24\n${PROMPTS}`);
    expect(planOf(`frames: 24\nkeyframe_distribution: additive\n${PROMPTS}`)).toEqual(plain);
  });

  it("stand in every form of the table", () => {
    const plan = planOf(`frames: 8\nkeyframe_distribution: keyframes_only\nprompts: { 0: a, 4: b }`);
    const rows = planCsv(plan)
      .trim()
      .split("\n")
      .map((row) => row.split(","));
    expect(rows.map((row) => row.at(-1))).toEqual(["drawn", "1", "0", "0", "0", "1", "0", "0", "0"]);
    expect(JSON.parse(planJson(plan))[4]).toMatchObject({ frame: 4, drawn: 1 });
    expect(planText(plan)).toMatch(/\nframe +drawn/);
    expect(planCsv(planOf(`frames: 8\ncadence: 2\n${PROMPTS}`))).not.toContain("drawn");
  });
});

describe("the strength of frames with a key", () => {
  it("is their own where a prompt gives way to another, and the others' everywhere else", () => {
    const plan = planOf(`frames: 13\nstrength: 0.7\nkeyframe_strength: "0:(0.2), 12:(0.5)"\n${PROMPTS}`);
    expect(plan.map(({ strength }) => strength)).toEqual([
      ...Array<number>(7).fill(0.7),
      expect.closeTo(0.2 + (0.3 * 7) / 12, 12) as number,
      ...Array<number>(4).fill(0.7),
      0.5,
    ]);
  });

  it("falls to the first drawn frame of a prompt whose key lies between two", () => {
    const plan = planOf(`frames: 13\ncadence: 5\nkeyframe_strength: 0.2\n${PROMPTS}`);
    expect(plan.flatMap(({ frame, strength }) => (strength === 0.2 ? [frame] : []))).toEqual([10]);
  });

  it("leaves the start picture's alone", () => {
    const plan = planOf(
      `frames: 13\nkeyframe_strength: 0.2\ninit: { image: a.png, strength: 0.9 }\n${PROMPTS}`,
    );
    expect([0, 1, 7].map((frame) => plan[frame]!.strength)).toEqual([0.9, 0.65, 0.2]);
  });
});
