// Frames and events computed with deforum-art/sd-webui-deforum 32242685, its model replaced by the stand-in.
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { differences, standIn } from "../../test/support/loop-stand-in.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { planFrames } from "../schedule/plan.ts";
import { inRenderOrder } from "../schedule/render-order.ts";
import { settingsSchema } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import { feedbackOptions } from "./feedback-options.ts";
import { INITIAL_STATE, type Paint, type RenderedFrame } from "./frame-loop.ts";
import { renderSingleFrames, type SingleFramesOptions } from "./single-frames.ts";
import { openStartVideo } from "./start-video.ts";

const FIXTURES = new URL("../../test/fixtures/deforum/loop/", import.meta.url).pathname;
const base = await readPngBytes(`${FIXTURES}base.png`);

interface Diffusion {
  readonly op: string;
  readonly kind: string;
  readonly seed: number;
  readonly prompt: string;
  readonly negative: string;
  readonly denoising_strength: number;
}

async function readDiffusions(
  name: string,
): Promise<{ prompts: Record<string, string>; events: Diffusion[] }> {
  const trace: { prompts: Record<string, string>; events: Diffusion[] } = JSON.parse(
    await readFile(`${FIXTURES}${name}.json`, "utf8"),
  );
  return { prompts: trace.prompts, events: trace.events.filter(({ op }) => op === "diffuse") };
}

async function collect(frames: AsyncIterable<RenderedFrame>): Promise<RenderedFrame[]> {
  const all: RenderedFrame[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

function images(frames: readonly RenderedFrame[]): ByteImage[] {
  return frames.map(({ image }) => image);
}

function settingsOf(changes: object) {
  return settingsSchema.parse({
    size: "64x64",
    frames: 10,
    seed: 1000,
    prompts: "a cat",
    deforum_exact: true,
    noise: { amount: 0.1 },
    motion: { angle: 3, zoom: 1.03 },
    ...changes,
  });
}

const OPTIONS: SingleFramesOptions = {
  feedback: feedbackOptions(settingsOf({})),
  pictureAt: null,
  colors: null,
  signal: new AbortController().signal,
};

function noting(): { paint: Paint; asked: { kind: string; plan: FramePlan }[] } {
  const asked: { kind: string; plan: FramePlan }[] = [];
  const paint = standIn(base);
  return {
    asked,
    paint: async (init, plan) => {
      asked.push({ kind: init ? "img2img" : "txt2img", plan });
      return await paint(init, plan);
    },
  };
}

const same: Paint = async (init) => init!;

/** One space between words. */
function words(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("( ", "(").replaceAll(" )", ")").trim();
}

/** In row 20. */
function redAt({ data }: ByteImage, column: number): number {
  return data[3 * (64 * 20 + column)]!;
}

function expectAsked(
  asked: readonly { kind: string; plan: FramePlan }[],
  events: readonly Diffusion[],
): void {
  expect(asked).toHaveLength(events.length);
  for (const [i, { kind, plan }] of asked.entries()) {
    const event = events[i]!;
    expect(kind).toBe(event.kind);
    expect(plan.seed).toBe(event.seed);
    expect(words(plan.prompts[0]!.text)).toBe(words(event.prompt));
    expect(words(plan.negativePrompt)).toBe(words(event.negative));
    if (kind === "img2img") expect(1 - plan.strength).toBeCloseTo(event.denoising_strength, 12);
  }
}

describe("frames that are drawn singly", () => {
  it("are drawn over the video's pictures as in Deforum's Video Input, pixel by pixel", async () => {
    const { prompts, events } = await readDiffusions("video_input");
    const settings = settingsOf({
      mode: "video",
      strength: 0.7,
      prompts,
      init: { video: `${FIXTURES}video`, image: `${FIXTURES}init.png` },
    });
    const video = (await openStartVideo(settings, "/", "/"))!;
    expect(video.count).toBe(10);
    const { paint, asked } = noting();
    const frames = renderSingleFrames(planFrames(settings), INITIAL_STATE, paint, {
      ...OPTIONS,
      pictureAt: video.pictureAt,
    });
    const rendered = await collect(frames);
    expectAsked(asked, events);
    for (const { plan, image } of rendered) {
      const golden = await readPngBytes(`${FIXTURES}video_input/${String(plan.frame).padStart(9, "0")}.png`);
      expect(differences(image, golden).largest).toBe(0);
    }
  });

  it("are drawn from nothing as in Deforum's Interpolation", async () => {
    const { prompts, events } = await readDiffusions("interpolation");
    const settings = settingsOf({ mode: "interpolation", frames: 6, prompts });
    const { paint, asked } = noting();
    const rendered = await collect(renderSingleFrames(planFrames(settings), INITIAL_STATE, paint, OPTIONS));
    expectAsked(asked, events);
    for (const { image } of rendered) expect(differences(image, base).largest).toBe(0);
  });

  it("go on from any frame with the same pictures", async () => {
    const settings = settingsOf({ mode: "video", init: { video: `${FIXTURES}video` } });
    const { pictureAt } = (await openStartVideo(settings, "/", "/"))!;
    const plan = planFrames(settings);
    const options = { ...OPTIONS, pictureAt };
    const whole = await collect(renderSingleFrames(plan, INITIAL_STATE, same, options));
    const rest = await collect(renderSingleFrames(plan, whole[3]!.state, same, options));
    expect(rest.map(({ image }) => image)).toEqual(whole.slice(4).map(({ image }) => image));
  });

  it("are the same backward, in the order of rendering, and go on from any of them", async () => {
    const settings = settingsOf({
      mode: "video",
      deforum_exact: false,
      reverse: true,
      init: { video: `${FIXTURES}video` },
    });
    const { pictureAt } = (await openStartVideo(settings, "/", "/"))!;
    const options = { ...OPTIONS, pictureAt };
    const played = planFrames(settings);
    const plan = inRenderOrder(played, settings);
    const backward = await collect(renderSingleFrames(plan, INITIAL_STATE, same, options));
    const forward = await collect(renderSingleFrames(played, INITIAL_STATE, same, options));
    expect(backward.map((frame) => frame.plan.frame)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(images(backward)).toEqual(images(forward).toReversed());
    const rest = await collect(renderSingleFrames(plan, backward[3]!.state, same, options));
    expect(images(rest)).toEqual(images(backward).slice(4));
  });

  it("keep the video where the mask is black", async () => {
    const settings = settingsOf({ mode: "video", frames: 2, init: { video: `${FIXTURES}video` } });
    const { pictureAt } = (await openStartVideo(settings, "/", "/"))!;
    const half = Float32Array.from({ length: 64 * 64 }, (_, i) => (i % 64 < 32 ? 1 : 0));
    const rendered = await collect(
      renderSingleFrames(planFrames(settings), INITIAL_STATE, standIn(base), {
        ...OPTIONS,
        pictureAt,
        maskAt: async () => ({ width: 64, height: 64, data: half }),
      }),
    );
    const picture = await pictureAt(rendered[1]!.plan);
    expect(redAt(rendered[1]!.image, 40)).toBe(redAt(picture, 40));
    expect(redAt(rendered[1]!.image, 10)).not.toBe(redAt(picture, 10));
  });

  it("stop between two frames when asked", async () => {
    const stop = new AbortController();
    const plan = planFrames(settingsOf({ mode: "interpolation" }));
    const done: number[] = [];
    const frames = renderSingleFrames(plan, INITIAL_STATE, standIn(base), {
      ...OPTIONS,
      signal: stop.signal,
    });
    for await (const frame of frames) {
      done.push(frame.plan.frame);
      if (frame.plan.frame === 1) stop.abort();
    }
    expect(done).toEqual([0, 1]);
  });
});

describe("the video that frames are drawn over", () => {
  it("is none in other modes", async () => {
    expect(await openStartVideo(settingsOf({ init: { video: "x" } }), "/", "/")).toBeNull();
  });

  it("gives every n-th picture by its number, between two", async () => {
    const init = {
      video: `${FIXTURES}video`,
      extract_nth_frame: 3,
      extract_from_frame: 2,
      extract_to_frame: 9,
    };
    const settings = settingsOf({ mode: "video", init });
    const video = (await openStartVideo(settings, "/", "/"))!;
    expect(video.count).toBe(3);
    const plan = planFrames(settings);
    for (const [frame, number] of [3, 6, 9].entries()) {
      const expected = await readPngBytes(`${FIXTURES}video/video_${number}.png`);
      expect((await video.pictureAt(plan[frame]!)).data).toEqual(expected.data);
    }
    await expect(video.hashAt(plan[3]!)).rejects.toThrow("has 3 pictures, none for frame 3");
  });

  it("that has no picture where they begin is refused", async () => {
    const init = { video: `${FIXTURES}video`, extract_from_frame: 10 };
    await expect(openStartVideo(settingsOf({ mode: "video", init }), "/", "/")).rejects.toThrow(
      "expected pictures from number 10 on, found none",
    );
  });
});
