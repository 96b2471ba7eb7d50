import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { planGolden } from "../../test/support/loop-stand-in.ts";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "../settings/load.ts";
import { worldDepth } from "../motion/depth.ts";
import { type ByteImage, type RgbImage, toFloatImage } from "../tensor/image.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import { sha256 } from "./chain.ts";
import {
  INITIAL_STATE,
  type LoopOptions,
  type Paint,
  type RenderedFrame,
  renderFrames,
} from "./frame-loop.ts";

const FIXTURES = new URL("../../test/fixtures/deforum/loop/", import.meta.url).pathname;
const signal = new AbortController().signal;
const base = await readPngBytes(`${FIXTURES}base.png`);
const depthBytes = await readFile(`${FIXTURES}depth_64x64_f32le.bin`);
const depth = worldDepth(new Float32Array(new Uint8Array(depthBytes).buffer), "inverse");

const OPTIONS: LoopOptions = {
  feedback: { mode: "2d", colorMatch: "none", deforumExact: true },
  cadence: 1,
  initImage: null,
  colors: { mode: "first" },
  signal,
};

async function collect(frames: AsyncIterable<RenderedFrame>): Promise<RenderedFrame[]> {
  const all: RenderedFrame[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

/** Paints from the plan alone, as a model does, so that a frame painted again comes out the same. */
const paint: Paint = async (init, frame) => {
  const picture = init ?? toFloatImage(base);
  const data = picture.data.map((value, i) => 0.8 * value + 0.2 * ((frame.seed * (i % 3) * 0.37) % 1));
  return { ...picture, data };
};

function hash({ image }: RenderedFrame): string {
  return sha256(image.data);
}

describe("renderFrames", () => {
  const sane: LoopOptions = {
    ...OPTIONS,
    feedback: { mode: "3d", colorMatch: "lab" },
    colors: { mode: "prompt" },
  };
  const changing = {
    prompts: { 0: "a", 3: "b" },
    noise: { amount: 0.05 },
    feedback: { sharpen: { amount: 0.1 } },
  };
  it.each([1, 2, 3])("goes on from any diffused frame to the same bytes, at cadence %i", async (cadence) => {
    const frames = planGolden(14, { ...changing, cadence });
    const options = { ...sane, cadence };
    const whole = await collect(renderFrames(frames, INITIAL_STATE, paint, options));
    for (const { state, plan: planned } of whole.filter((frame) => frame.plan.diffuse)) {
      const rest = await collect(renderFrames(frames, state, paint, options));
      expect(rest.map(hash)).toEqual(whole.slice(planned.frame + 1).map(hash));
    }
  });

  it("writes every frame of the plan, the last block of a cadence included", async () => {
    const frames = planGolden(10, { cadence: 4 });
    const rendered = await collect(renderFrames(frames, INITIAL_STATE, paint, { ...sane, cadence: 4 }));
    expect(rendered.map((frame) => frame.plan.frame)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("paints only diffused frames", async () => {
    const painted: number[] = [];
    const counting: Paint = async (init: RgbImage | null, frame) => {
      painted.push(frame.frame);
      return paint(init, frame);
    };
    await collect(
      renderFrames(planGolden(10, { cadence: 3 }), INITIAL_STATE, counting, { ...sane, cadence: 3 }),
    );
    expect(painted).toEqual([0, 3, 6, 9]);
  });

  it("takes a new color reference after a prompt has changed and settled", async () => {
    const frames = planGolden(40, { prompts: { 0: "a", 5: "b" }, prompt_transition: 2 });
    const rendered = await collect(renderFrames(frames, INITIAL_STATE, paint, sane));
    const references = rendered.map(({ state }) =>
      rendered.findIndex(({ image }) => image === state.colorReference),
    );
    expect(references).toEqual([...Array<number>(31).fill(0), ...Array<number>(9).fill(31)]);
  });

  it("asks for the depth of the newer picture once per frame, before it is moved", async () => {
    const asked: [frame: number, picture: ByteImage][] = [];
    const inDepth: LoopOptions = {
      ...sane,
      feedback: { ...sane.feedback, mode: "3d" },
      cadence: 2,
      findDepth: async (picture, { frame }) => {
        asked.push([frame, picture]);
        return depth;
      },
    };
    const rendered = await collect(renderFrames(planGolden(5), INITIAL_STATE, paint, inDepth));
    expect(asked.map(([frame]) => frame)).toEqual([1, 2, 3, 4]);
    for (const [frame, picture] of asked) expect(picture).toBe(rendered[frame - 1]!.state.newer);
    const fixed: LoopOptions = { ...sane, feedback: { ...sane.feedback, mode: "3d", depth }, cadence: 2 };
    const expected = await collect(renderFrames(planGolden(5), INITIAL_STATE, paint, fixed));
    expect(rendered.map(({ image }) => sha256(image.data))).toEqual(
      expected.map(({ image }) => sha256(image.data)),
    );
  });

  it("stops between two frames when asked", async () => {
    const stop = new AbortController();
    const rendered: number[] = [];
    const frames = renderFrames(planGolden(10), INITIAL_STATE, paint, { ...sane, signal: stop.signal });
    for await (const frame of frames) {
      rendered.push(frame.plan.frame);
      if (frame.plan.frame === 2) stop.abort();
    }
    expect(rendered).toEqual([0, 1, 2]);
  });
});

function loopPlan(changes: string) {
  const text = `prompts: a\nseed: 1\nframes: 5\n${changes}`;
  return planFrames(loadSettings({ file: "a.yaml", text }).settings);
}

describe("a loop", () => {
  const size = { width: 8, height: 8 };
  const plain = (level: number): RgbImage => ({ ...size, data: new Float32Array(192).fill(level / 255) });
  /** Frame 0 is dark, then every picture is twenty levels brighter than what it starts from. */
  const brighten: Paint = async (init, { frame }) =>
    init ? { ...size, data: init.data.map((value) => value + 20 / 255) } : plain(10 + frame);
  const flat = "noise: { amount: 0 }\nfeedback: { color_match: none, sharpen: { amount: 0 } }";

  async function levels(changes: string, start = INITIAL_STATE, firstPicture?: ByteImage): Promise<number[]> {
    const { settings } = loadSettings({
      file: "a.yaml",
      text: `prompts: a\nseed: 1\nmode: 2d\nframes: 9\nfps: 4\n${flat}\n${changes}`,
    });
    const feedback = { mode: "2d", colorMatch: "none" } as const;
    const options = { ...OPTIONS, feedback, cadence: settings.cadence, firstPicture };
    const frames = await collect(renderFrames(planFrames(settings), start, brighten, options));
    return frames.map(({ image }) => image.data[0]!);
  }

  it("leads back to the first picture at its end and leaves the frames before alone", async () => {
    const open = await levels("");
    expect(open).toEqual([10, 30, 50, 70, 90, 110, 130, 150, 170]);
    const closed = await levels("loop: 1s");
    expect(closed.slice(0, 5)).toEqual(open.slice(0, 5));
    // By 1/16, 4/16, 9/16 and all of the way.
    expect(closed.slice(5)).toEqual([105, 101, 70, 30].map((x) => expect.closeTo(x, -0.5)));
  });

  it("leads back to the same picture when it is resumed", async () => {
    const whole = await levels("loop: 1s");
    const newer = { ...size, data: new Uint8Array(192).fill(whole[5]!) };
    const first = { ...size, data: new Uint8Array(192).fill(10) };
    const start = { ...INITIAL_STATE, nextFrame: 6, newer };
    expect(await levels("loop: 1s", start, first)).toEqual(whole.slice(6));
  });

  it("changes the plan of its last frames only, and no plan without it", () => {
    expect(loopPlan("loop: 2").map(({ closing }) => closing?.share)).toEqual([
      undefined,
      undefined,
      undefined,
      0.25,
      1,
    ]);
    expect(loopPlan("loop: 99").map(({ closing }) => closing?.share)).toEqual([
      undefined,
      1 / 16,
      0.25,
      9 / 16,
      1,
    ]);
    expect(loopPlan("").some((frame) => "closing" in frame)).toBe(false);
    expect(() => loopPlan("loop: 2b")).toThrow("loop: expected bpm");
  });
});
