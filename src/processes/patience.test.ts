import { describe, expect, it } from "vitest";
import { createPatience, USUAL_PATIENCE } from "./patience.ts";

describe("patience", () => {
  it("is long with work that was never done, and longer with a process that is at it", () => {
    expect(createPatience().limits("step")).toEqual({ idle: 300, busy: 1800 });
  });

  it("is ten times the median of what the work took, and never less than a minute", () => {
    const patience = createPatience();
    for (const seconds of [1, 2, 3]) patience.took("step", seconds);
    expect(patience.limits("step")).toEqual({ idle: 60, busy: 60 });
    // One step of many during which the machine did something else.
    for (const seconds of [180, 170, 160, 10_000]) patience.took("step 1024x1024", seconds);
    expect(patience.limits("step 1024x1024").busy).toBe(1750);
    expect(patience.limits("decode").busy).toBe(USUAL_PATIENCE.firstBusy);
  });

  it("forgets what was long ago, so that it follows the work", () => {
    const patience = createPatience();
    for (let i = 0; i < 99; i++) patience.took("step", 1);
    for (let i = 0; i < 99; i++) patience.took("step", 30);
    expect(patience.limits("step").busy).toBe(300);
  });
});
