import { describe, expect, it } from "vitest";
import { loadSettings } from "../settings/load.ts";
import type { FramePlan } from "./frame-plan.ts";
import { planFrames } from "./plan.ts";
import { inRenderOrder } from "./render-order.ts";

function load(text: string) {
  return loadSettings({ file: "a.yaml", text: `seed: 1\nfps: 10\n${text}` }).settings;
}

function plan(text: string): FramePlan[] {
  return planFrames(load(text));
}

function shares({ prompts }: FramePlan): Record<string, number> {
  return Object.fromEntries(prompts.map(({ text, weight }) => [text, Math.round(weight * 1000) / 1000]));
}

function scenes({ prompts, promptKey }: FramePlan): unknown[] {
  return [prompts, promptKey];
}

describe("the prompts of a loop", () => {
  const DAYS = "prompts: { 0: day --neg rain, 20: night --neg sun }\nframes: 40\nmode: 2d";

  it("come back to the first one over its end, as any prompt comes in", () => {
    const frames = plan(`${DAYS}\nloop: 4`);
    expect(frames.slice(35).map(shares)).toEqual([
      { night: 1 },
      { night: 0.8, day: 0.2 },
      { night: 0.6, day: 0.4 },
      { night: 0.4, day: 0.6 },
      { night: 0.2, day: 0.8 },
    ]);
    expect(frames[35]!.negativePrompt).toBe("sun");
    expect(frames[36]).toMatchObject({ negativePrompt: "rain", promptKey: 36, promptTransition: 4 });
  });

  it("stay as they are where the first one is back already", () => {
    const text = "prompts: { 0: day, 10: night, 20: day }\nframes: 40\nmode: 2d";
    expect(plan(`${text}\nloop: 10`).map(scenes)).toEqual(plan(text).map(scenes));
  });

  it("blend into each other also while one is still coming in, and sum to 1", () => {
    const text = "prompts: { 0: day, 20: dusk, 35: night }\nprompt_transition: 4\nframes: 40\nmode: 2d";
    for (const frame of plan(`${text}\nloop: 10`)) {
      const weights = Object.values(shares(frame));
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 2);
    }
    expect(Object.keys(shares(plan(`${text}\nloop: 10`)[36]!))).toEqual(["dusk", "night", "day"]);
  });

  it("bring the LoRAs of their tags with them", () => {
    const text = 'prompts: { 0: "day <lora:ink:0.8>", 20: night }\nframes: 40\nmode: 2d\nloop: 3';
    const weights = plan(text).map(({ loras }) => loras![0]!.weight);
    expect(weights.slice(36)).toEqual([0, 0.2, 0.4, 0.6].map((x) => expect.closeTo(x, 9)));
  });

  it("lead to the last prompt at the beginning of a video that is rendered backward, as a scene of its own", () => {
    const text = `${DAYS}\nloop: 4\nreverse: true`;
    const frames = plan(text);
    expect(frames.slice(0, 5).map(shares)).toEqual([
      { day: 0.2, night: 0.8 },
      { day: 0.4, night: 0.6 },
      { day: 0.6, night: 0.4 },
      { day: 0.8, night: 0.2 },
      { day: 1 },
    ]);
    const rendered = inRenderOrder(frames, load(text));
    const sceneOf = (frame: number) => rendered[39 - frame]!.promptKey;
    expect([39, 20, 19, 4, 3, 0].map(sceneOf)).toEqual([40, 40, 19, 19, 3, 3]);
    expect(rendered[39]!.promptTransition).toBe(4);
  });

  it("go round in mode interpolation, from the last key on, or in the time that is given", () => {
    const text = "prompts: { 0: a, 4: b }\nframes: 12\nmode: interpolation";
    expect(plan(`${text}\nloop: true`).map((frame) => shares(frame)["b"] ?? 0)).toEqual([
      0, 0.25, 0.5, 0.75, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125,
    ]);
    expect(plan(`${text}\nloop: 4`).map((frame) => shares(frame)["b"] ?? 0)).toEqual([
      0, 0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25,
    ]);
    expect(plan(`${text}\nloop: true`).some(({ closing }) => closing)).toBe(false);
  });
});
