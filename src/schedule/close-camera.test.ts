import { assert, double, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { loadSettings } from "../settings/load.ts";
import { planFrames } from "./plan.ts";

type Move = "zoom" | "angle" | "translation_x" | "translation_z" | "rotation_3d_y";

function movesOf(name: Move, text: string): number[] {
  const { settings } = loadSettings({ file: "a.yaml", text: `prompts: a\nseed: 1\nfps: 10\n${text}` });
  return planFrames(settings).map(({ motion }) => motion[name]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function product(values: readonly number[]): number {
  return values.reduce((all, value) => all * value, 1);
}

function steps(values: readonly number[]): number[] {
  return values.slice(1).map((value, i) => Math.abs(value - values[i]!));
}

describe("the camera in a loop", () => {
  it.each([
    ["a flight", "motion: { translation_z: 10 }"],
    ["whole swings", "frames: 80\nmotion: { translation_z: 3 * wave(4s) }"],
    ["a move from rest to rest", 'frames: 80\nmotion: { translation_z: "0:(0), 40:(9), 79:(0)" }'],
  ])("is left alone where its path is closed: %s", (_, text) => {
    const open = movesOf("translation_z", `mode: 3d\n${text}`);
    const closed = movesOf("translation_z", `mode: 3d\nloop: true\n${text}`);
    closed.forEach((move, i) => expect(move).toBeCloseTo(open[i]!, 1));
  });

  it("comes back at the end of a swing that is cut, and only there", () => {
    const text = "mode: 3d\nframes: 90\nmotion: { rotation_3d_y: 2 * wave(4s) }";
    const open = movesOf("rotation_3d_y", text);
    const closed = movesOf("rotation_3d_y", `${text}\nloop: true`);
    expect(sum(open)).toBeGreaterThan(10);
    expect(sum(closed)).toBeCloseTo(0, 9);
    expect(closed.slice(0, 67)).toEqual(open.slice(0, 67));
    expect(Math.max(...steps(closed))).toBeLessThan(0.6);
  });

  it("closes every swing without a jump over the seam, whatever its waves", () => {
    const waves = record({
      period: double({ min: 10, max: 70, noNaN: true }),
      phase: double({ min: 0, max: 1, noNaN: true }),
      frames: integer({ min: 90, max: 200 }),
    });
    assert(
      property(waves, ({ period, phase, frames }) => {
        const text = `mode: 2d\nframes: ${frames}\nmotion: { angle: "3*wave(${period}, ${phase})" }`;
        const closed = movesOf("angle", `${text}\nloop: true`);
        const largest = Math.max(...steps(movesOf("angle", text)));
        expect(Math.abs(closed[0]! - closed.at(-1)!)).toBeLessThan(largest + 0.3);
        expect(Math.abs(sum(closed))).toBeLessThan(1e-3);
      }),
      { numRuns: 60 },
    );
  });

  it("slows a flight down to the speed that it begins with, and does not turn it back", () => {
    const text = 'mode: 3d\nframes: 80\nmotion: { translation_z: "0:(1), 40:(10)" }';
    const closed = movesOf("translation_z", `${text}\nloop: true`);
    expect(closed.slice(0, 60)).toEqual(movesOf("translation_z", text).slice(0, 60));
    expect(closed.at(-1)).toBeCloseTo(1, 0);
    expect(Math.min(...closed)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...steps(closed).slice(60))).toBeLessThan(0.8);
  });

  it("brings a zoom back by the product of its factors", () => {
    const text = "mode: 2d\nframes: 90\nmotion: { zoom: 1 + 0.03 * wave(4s) }";
    expect(product(movesOf("zoom", text))).toBeGreaterThan(1.1);
    expect(product(movesOf("zoom", `${text}\nloop: true`))).toBeCloseTo(1, 9);
  });

  it("is bent at the beginning of the video when that is rendered last", () => {
    const text = 'mode: 3d\nframes: 80\nreverse: true\nmotion: { translation_z: "0:(1), 40:(10)" }';
    const open = movesOf("translation_z", text);
    const closed = movesOf("translation_z", `${text}\nloop: true`);
    expect(closed.slice(20)).toEqual(open.slice(20));
    expect(closed[0]).toBeCloseTo(10, 0);
  });
});
