import { describe, expect, it } from "vitest";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "../settings/load.ts";
import { inRenderOrder } from "../schedule/render-order.ts";
import { type ByteImage, type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import { feedbackOptions } from "./feedback-options.ts";
import { INITIAL_STATE, type Paint, renderFrames } from "./frame-loop.ts";
import { leadBack } from "./lead-back.ts";

const SIZE = { width: 96, height: 64 };

/** Soft hills of color; where `phase` differs, so do they. */
function hills(phase: number): RgbImage {
  const data = Float32Array.from({ length: SIZE.width * SIZE.height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % SIZE.width, Math.floor(i / 3 / SIZE.width)];
    return 0.5 + 0.2 * Math.sin(x / 7 + phase + (i % 3)) + 0.2 * Math.cos(y / 9 - phase);
  });
  return { ...SIZE, data };
}

function load(text: string) {
  return loadSettings({
    file: "a.yaml",
    text: `prompts: a\nseed: 1\nfps: 10\nnoise: { amount: 0 }\nfeedback: { color_match: none, sharpen: { amount: 0 } }\n${text}`,
  }).settings;
}

function planOf(text: string) {
  const settings = load(text);
  return { settings, plan: inRenderOrder(planFrames(settings), settings) };
}

/** Mean difference in levels, over the middle of both sides, where edges have not come. */
function difference(a: ByteImage, b: ByteImage): number {
  let sum = 0;
  let count = 0;
  for (let row = 16; row < 48; row++) {
    for (let i = 3 * (row * SIZE.width + 24); i < 3 * (row * SIZE.width + 72); i++, count++) {
      sum += Math.abs(a.data[i]! - b.data[i]!);
    }
  }
  return sum / count;
}

const paint: Paint = async (init) => init ?? hills(0);

/** The whole video, drawn by a model that draws what it is given. */
async function render(text: string): Promise<ByteImage[]> {
  const { settings, plan } = planOf(text);
  const frames: ByteImage[] = [];
  const options = {
    feedback: feedbackOptions(settings),
    cadence: settings.cadence,
    initImage: null,
    colors: { mode: "first" } as const,
    signal: new AbortController().signal,
  };
  for await (const { image } of renderFrames(plan, INITIAL_STATE, paint, options)) frames.push(image);
  return settings.reverse ? frames.toReversed() : frames;
}

/** Difference of the last and the first frame, and the median of those of neighbors. */
async function seamOf(text: string): Promise<{ seam: number; usual: number }> {
  const frames = await render(text);
  const steps = frames.slice(1).map((frame, i) => difference(frame, frames[i]!));
  return {
    seam: difference(frames.at(-1)!, frames[0]!),
    usual: steps.toSorted((a, b) => a - b)[steps.length >> 1]!,
  };
}

describe("leadBack", () => {
  it("mixes with the first picture as the camera saw it on its way, and with nothing around it", async () => {
    const { settings, plan } = planOf("mode: 2d\nframes: 8\nloop: 3\nmotion: { zoom: 1.1 }");
    const lead = leadBack(plan, { feedback: feedbackOptions(settings) });
    const own = hills(2);
    const first = toByteImage(hills(0));
    const led = toByteImage(await lead(own, first, { ...plan[5]!, closing: { share: 1, ahead: 3 } }));
    const center = 3 * (32 * SIZE.width + 48);
    // The middle of the zoom stays where it is; at the edge the first picture is not there yet.
    expect(Math.abs(led.data[center]! - first.data[center]!)).toBeLessThan(4);
    expect(Array.from(led.data.slice(0, 12))).toEqual(Array.from(toByteImage(own).data.slice(0, 12)));
    // 3 moves of 1.1 before, 20 columns from the middle were 26.62.
    const [here, there] = [3 * (32 * SIZE.width + 58), 3 * (32 * SIZE.width + 61)];
    expect(Math.abs(led.data[here]! - first.data[there]!)).toBeLessThan(12);
  });

  it("leaves frames alone that are not at the end", async () => {
    const { settings, plan } = planOf("mode: 2d\nframes: 8\nloop: 3\nmotion: { zoom: 1.1 }");
    const own = hills(2);
    const led = await leadBack(plan, { feedback: feedbackOptions(settings) })(
      own,
      toByteImage(hills(0)),
      plan[2]!,
    );
    expect(led).toBe(own);
  });

  it("asks for the depth of what it moves, under the move that is taken back", async () => {
    const { settings, plan } = planOf("mode: 3d\nframes: 8\nloop: 3\nmotion: { translation_z: 5 }");
    const asked: number[] = [];
    const lead = leadBack(plan, {
      feedback: feedbackOptions(settings),
      findDepth: async (_, { motion }) => {
        asked.push(motion.translation_z);
        return new Float32Array(SIZE.width * SIZE.height).fill(2);
      },
    });
    const first = toByteImage(hills(0));
    await lead(toFloatImage(first), first, plan[5]!);
    await lead(toFloatImage(first), first, plan[6]!);
    expect(asked).toEqual([-5, -5, -5]);
  });
});

describe("a loop that moves", () => {
  it.each([
    ["a shift", "mode: 2d\nmotion: { translation_x: 1.5 }"],
    ["a zoom", "mode: 2d\nmotion: { zoom: 1.02 }"],
    ["a flight", "mode: 3d\nmotion: { translation_z: 4, rotation_3d_z: 0.5 }"],
    ["a flight backward", "mode: 3d\nreverse: true\nmotion: { translation_z: 4 }"],
    ["a shift at cadence 3", "mode: 2d\ncadence: 3\nmotion: { translation_x: 1.5 }"],
  ])("goes on over the seam as between any two frames: %s", async (_, text) => {
    const open = await seamOf(`frames: 40\n${text}`);
    const closed = await seamOf(`frames: 40\nloop: true\n${text}`);
    expect(open.seam).toBeGreaterThan(4 * open.usual);
    expect(closed.seam).toBeLessThan(1.8 * closed.usual);
    expect(closed.seam).toBeGreaterThan(0.5 * closed.usual);
  });
});
