import { describe, expect, it } from "vitest";
import { locateInDepth } from "../motion/warp3d.ts";
import { spreadSilhouettes } from "../motion/silhouette.ts";
import { INITIAL_STATE, type Paint, renderFrames } from "./frame-loop.ts";
import { feedbackOptions } from "./feedback-options.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { planFrames } from "../schedule/plan.ts";
import { type ByteImage, toFloatImage } from "../tensor/image.ts";
import { loadSettings } from "../settings/load.ts";

const SIZE = { width: 256, height: 144 };

function load(text: string) {
  return loadSettings({
    file: "a.yaml",
    text: `camera: dolly-zoom\nsize: 256x144\nprompts: a\nseed: 1\nnoise: { amount: 0 }\nfeedback: { color_match: none, sharpen: { amount: 0 } }\n${text}`,
  }).settings;
}

/** How much larger than at the beginning something is at each frame that lies at this depth. */
function sizesAt(depth: number, plan: readonly FramePlan[]): number[] {
  const map = new Float32Array(SIZE.width * SIZE.height).fill(depth);
  const row = new Float64Array(2 * SIZE.width);
  let size = 1;
  return plan.slice(1).map(({ motion }) => {
    locateInDepth(SIZE, motion, map, 1)(SIZE.height >> 1, row);
    size *= 100 / (row[2 * 178]! - row[2 * 78]!);
    return size;
  });
}

/** A red card at depth 1 before a dark wall at depth 2 with two green lines. */
function cardBeforeWall(): { picture: ByteImage; depth: Float32Array } {
  const data = new Uint8Array(3 * SIZE.width * SIZE.height);
  const depth = new Float32Array(SIZE.width * SIZE.height).fill(2);
  for (let i = 0; i < depth.length; i++) {
    const [column, row] = [i % SIZE.width, Math.floor(i / SIZE.width)];
    const isCard = column >= 78 && column < 178 && row >= 60 && row < 84;
    if (isCard) depth[i] = 1;
    if (isCard) data[3 * i] = 255;
    else if (row < 50 && Math.abs(Math.abs(column - 127.5) - 30) < 2) data[3 * i + 1] = 255;
  }
  return { picture: { ...SIZE, data }, depth };
}

/** Sum of a channel over part of a row: the width of what shines in it. */
function widthOf({ data }: ByteImage, row: number, channel: number): number {
  let sum = 0;
  for (let column = 0; column < SIZE.width; column++) sum += data[3 * (row * SIZE.width + column) + channel]!;
  return sum / 255;
}

/** Distance of the two green lines in a row: that of their centers. */
function gapBetweenLines({ data }: ByteImage, row: number): number {
  const centerOf = (from: number, to: number): number => {
    let [sum, weighed] = [0, 0];
    for (let column = from; column < to; column++) {
      const level = data[3 * (row * SIZE.width + column) + 1]!;
      sum += level;
      weighed += level * column;
    }
    return weighed / sum;
  };
  return centerOf(128, 256) - centerOf(0, 128);
}

function way(plan: readonly FramePlan[]): number {
  return plan.reduce((sum, { motion }) => sum + motion.translation_z, 0);
}

describe("the preset dolly-zoom", () => {
  it.each([1, 0.4, 2, -1])(
    "keeps the size of what is near within 1 % throughout, while what is far changes, at amount %d",
    (amount) => {
      const plan = planFrames(load(`camera_amount: ${amount}\nframes: 60\nfps: 15`));
      for (const size of sizesAt(1, plan)) expect(Math.abs(size - 1)).toBeLessThan(0.01);
      const far = sizesAt(2, plan).at(-1)!;
      // Of what the lens enlarges, a quarter is taken back by the way at twice the distance.
      expect(Math.log(far)).toBeCloseTo(0.9 * amount * 0.75, 1);
    },
  );

  it("narrows the lens and flies backward, softly at both ends, as far at any frame rate", () => {
    const [coarse, fine] = [15, 30].map((fps) => planFrames(load(`frames: ${4 * fps}\nfps: ${fps}`)));
    expect(coarse![0]!.motion).toMatchObject({ fov: expect.closeTo(70, 6), lens_zoom: 1 });
    expect(coarse!.at(-1)!.motion.fov).toBeCloseTo(fine!.at(-1)!.motion.fov, 6);
    expect(way(coarse!)).toBeLessThan(-50);
    expect(way(coarse!) / way(fine!)).toBeCloseTo(1, 1);
    const speeds = coarse!.map(({ motion }) => Math.abs(motion.translation_z));
    expect(Math.max(...speeds)).toBeGreaterThan(8 * speeds[1]!);
    expect(Math.max(...speeds)).toBeGreaterThan(8 * speeds.at(-1)!);
  });

  it("keeps a card's width in pictures that are moved frame by frame, and lets the wall swell", async () => {
    const settings = load("frames: 60\nfps: 15");
    const { picture, depth } = cardBeforeWall();
    const keep: Paint = async (init) => init ?? toFloatImage(picture);
    const frames: ByteImage[] = [];
    const rendered = renderFrames(planFrames(settings), INITIAL_STATE, keep, {
      feedback: feedbackOptions(settings),
      cadence: 1,
      initImage: null,
      colors: { mode: "first" },
      findDepth: async (_, { motion }) => spreadSilhouettes(depth, SIZE, motion),
      signal: new AbortController().signal,
    });
    for await (const { image } of rendered) frames.push(image);
    const width = widthOf(frames[0]!, 72, 0);
    for (const frame of frames) expect(Math.abs(widthOf(frame, 72, 0) / width - 1)).toBeLessThan(0.01);
    expect(gapBetweenLines(frames.at(-1)!, 4) / gapBetweenLines(frames[0]!, 4)).toBeGreaterThan(1.5);
  });
});
