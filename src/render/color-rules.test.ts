import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "../settings/load.ts";
import type { ByteImage, RgbImage } from "../tensor/image.ts";
import { encodePng } from "../tensor/picture-file.ts";
import { lastRead, readRunColors } from "./color-rules.ts";
import { feedbackOptions } from "./feedback-options.ts";
import { INITIAL_STATE, renderFrames } from "./frame-loop.ts";
import { openHybridInput } from "./hybrid-input.ts";

const SIZE = { width: 64, height: 64 };

function flat(level: number): ByteImage {
  return { ...SIZE, data: new Uint8Array(3 * 64 * 64).fill(level) };
}

/** A stand-in for a model, which brightens. */
async function brighter(): Promise<RgbImage> {
  return { ...SIZE, data: new Float32Array(3 * 64 * 64).fill(0.8) };
}

/** Renders over a video whose picture n is gray level 40 + 10 n, by that stand-in; levels of the frames, and hashes. */
async function render(changes: object) {
  const folder = await mkdtemp(join(tmpdir(), "animate-colors-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "video"));
  for (let i = 0; i < 8; i++)
    await writeFile(join(folder, `video/${i}.png`), await encodePng(flat(40 + 10 * i)));
  const text = JSON.stringify({
    prompts: "x",
    frames: 8,
    seed: 1,
    size: "64x64",
    mode: "2d",
    noise: { amount: 0 },
    hybrid: { video: "video", first_frame_as_init: false },
    ...changes,
  });
  const { settings } = loadSettings({ file: "a.yaml", text });
  const plan = planFrames(settings);
  const video = (await openHybridInput(settings, folder, folder))!;
  const colors = await readRunColors(settings, folder, false, video.pictures);
  const levels: number[] = [];
  for await (const { image } of renderFrames(plan, INITIAL_STATE, brighter, {
    feedback: feedbackOptions(settings),
    cadence: settings.cadence,
    initImage: null,
    colors: colors.rules,
    signal: new AbortController().signal,
  })) {
    levels.push(image.data[0]!);
  }
  return { levels, hashes: await Promise.all(plan.map(colors.hashAt)) };
}

const FOLLOWING = { color_match: "rgb", color_reference: "video" };

describe("colors of a video", () => {
  it("are those of the picture of each frame, from the first frame on", async () => {
    const { levels, hashes } = await render({ feedback: FOLLOWING });
    expect(levels).toEqual([40, 50, 60, 70, 80, 90, 100, 110]);
    expect(new Set(hashes).size).toBe(8);
  });

  it("stay for as many frames as they are told to, as in Deforum", async () => {
    const { levels, hashes } = await render({ feedback: { ...FOLLOWING, color_video_every: 3 } });
    expect(levels).toEqual([40, 40, 40, 70, 70, 70, 100, 100]);
    expect(new Set(hashes).size).toBe(3);
  });

  it("are looked up for drawn frames only", async () => {
    const { hashes } = await render({ feedback: FOLLOWING, cadence: 2 });
    expect(hashes.map((hash) => hash !== null)).toEqual([true, false, true, false, true, false, true, false]);
    expect([0, 2, 3, 4, 6, 8].map((frame) => lastRead(frame, 3, (at) => at % 2 === 0))).toEqual([
      0, 0, 0, 0, 6, 6,
    ]);
  });

  it("are nobody's while nothing is matched, or a picture gives the colors", async () => {
    const none = await render({ feedback: { ...FOLLOWING, color_match: "none" } });
    expect(none.hashes.every((hash) => hash === null)).toBe(true);
    expect(none.levels[3]).toBe(204);
    const image = await render({ feedback: { ...FOLLOWING, color_image: "video/2.png" } });
    expect(image.levels).toEqual([60, 60, 60, 60, 60, 60, 60, 60]);
  });
});
