import { expect, it } from "vitest";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { SETTLE_FRAMES, colorPhase } from "./color-phase.ts";

const frame = (index: number, promptKey: number) =>
  ({ frame: index, promptKey, promptTransition: 10 }) as FramePlan;

it("keeps the first picture's colors for the whole run in Deforum's mode", () => {
  expect(colorPhase(frame(65, 60), 0, "first")).toBe("keep");
});

it("keeps the colors under the first prompt", () => {
  expect(colorPhase(frame(59, 0), 0, "prompt")).toBe("keep");
});

it("lets the colors go while a prompt changes, takes them once, and keeps them from then on", () => {
  const taken = 60 + 10 + SETTLE_FRAMES;
  expect(colorPhase(frame(60, 60), 0, "prompt")).toBe("release");
  expect(colorPhase(frame(taken - 1, 60), 0, "prompt")).toBe("release");
  expect(colorPhase(frame(taken, 60), 0, "prompt")).toBe("take");
  expect(colorPhase(frame(taken + 1, 60), 0, "prompt")).toBe("keep");
});

it("takes them at the first frame that is drawn after they have settled, however far apart drawn frames are", () => {
  const taken = 60 + 10 + SETTLE_FRAMES;
  expect(colorPhase(frame(taken - 2, 60), 0, "prompt", 5)).toBe("release");
  expect(colorPhase(frame(taken + 3, 60), 0, "prompt", 5)).toBe("take");
  expect(colorPhase(frame(taken + 8, 60), 0, "prompt", 5)).toBe("keep");
});

it("counts from where a scene begins also when frames are rendered backward", () => {
  const taken = 60 - 10 - SETTLE_FRAMES;
  expect(colorPhase(frame(60, 60), 90, "prompt")).toBe("release");
  expect(colorPhase(frame(taken + 1, 60), 90, "prompt")).toBe("release");
  expect(colorPhase(frame(taken, 60), 90, "prompt")).toBe("take");
  expect(colorPhase(frame(taken - 1, 60), 90, "prompt")).toBe("keep");
});
