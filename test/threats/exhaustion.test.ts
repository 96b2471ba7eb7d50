/** Requests without measure: each is refused with its place before anything is drawn, or has a bound. */

import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/limits.ts";
import { planFrames } from "../../src/schedule/plan.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { mistakesIn } from "../support/settings-mistakes.ts";

describe("a schedule that asks for", () => {
  it.each([
    ["10⁹ frames", "frames: 1000000000", "frames"],
    ["frames without end", "frames: .inf", "frames"],
    ["part of a frame", "frames: 0.5", "frames"],
    ["a picture of a million pixels a side", "size: 1000000x1000000", "size"],
    ["a picture of 2⁶⁴ columns", "size: 18446744073709551616x8", "size"],
    ["a picture of no columns", "size: 0x64", "size"],
    ["10⁹ steps", "steps: 1000000000", "steps"],
    ["10⁹ steps at one frame", 'steps: "0:(4), 9:(1e9)"', "steps"],
    ["10³⁰⁸ frames per second", "fps: 1.0e+308", "fps"],
    ["no frames per second", "fps: 0", "fps"],
    ["a cadence of 10⁹", "cadence: 1000000000", "cadence"],
    ["a thousand ControlNets", `controlnet: [${"{model: x},".repeat(1000)}]`, "controlnet"],
    ["a million stills", "thumbnails: { count: 1000000 }", "thumbnails.count"],
    [
      "a hundred formats of stills",
      `thumbnails: { formats: [${"youtube,".repeat(100)}] }`,
      "thumbnails.formats",
    ],
    ["stills of a million pixels a side", "thumbnails: { width: 1000000 }", "thumbnails.width"],
    ["an enlargement by a million", "video: { upscale: 1000000 }", "video.upscale"],
    ["a blur of 10⁹ pixels", "mask: { file: m.png, blur: 1000000000 }", "mask.blur"],
    ["a prompt of 100,000 characters", `negative_prompt: ${"x".repeat(100_000)}`, "negative_prompt"],
    ["ten thousand LoRAs", `loras: [${"{name: x},".repeat(10_000)}]`, "loras"],
    ["ten thousand embeddings", `embeddings: [${"{name: x},".repeat(10_000)}]`, "embeddings"],
  ])("%s is refused with its place", (_, line, path) => {
    const start = process.cpuUsage();
    expect(mistakesIn(`prompts: x\n${line}`)).toMatch(
      new RegExp(`^a\\.yaml:2:\\d+ ${path.replace(".", "\\.")}`),
    );
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(1);
  });

  it("a million prompts is too long to be read", () => {
    const prompts = Array.from({ length: 1_000_000 }, (_, frame) => `  ${frame}: x`).join("\n");
    expect(mistakesIn(`prompts:\n${prompts}`)).toContain("expected at most 262144 bytes");
  });

  it("as many prompts as can be read, over the longest animation, is planned in seconds", () => {
    const prompts = Array.from({ length: 20_000 }, (_, frame) => `  ${frame}: x`).join("\n");
    const start = process.cpuUsage();
    const { settings } = loadSettings(
      { file: "a.yaml", text: `seed: 1\nframes: ${LIMITS.settings.frames}\nprompts:\n${prompts}` },
      [],
    );
    expect(planFrames(settings)).toHaveLength(LIMITS.settings.frames);
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(15);
  });
});

it("a frame of the largest size, in floats with all its copies, fits into the memory of a small machine", () => {
  expect(LIMITS.settings.pictureSide ** 2 * 3 * 4).toBeLessThanOrEqual(2 ** 26);
  expect(LIMITS.picture.photoPixels * 4).toBeLessThanOrEqual(2 ** 28);
  expect(LIMITS.picture.pixels * 8).toBeLessThanOrEqual(LIMITS.picture.fileBytes);
});
