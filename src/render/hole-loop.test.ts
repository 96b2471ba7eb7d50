import { describe, expect, it } from "vitest";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "../settings/load.ts";
import type { ByteImage, RgbImage } from "../tensor/image.ts";
import { INITIAL_STATE, type RenderedFrame, renderFrames } from "./frame-loop.ts";
import type { HoleOptions } from "./hole-fill.ts";

const SIZE = { width: 64, height: 64 };
const START: ByteImage = {
  ...SIZE,
  data: Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => (i * 7919 + (i >> 6) * 31) % 251),
};

interface Painted {
  readonly frame: number;
  readonly init: RgbImage;
  readonly holes: Float32Array | null | undefined;
}

/** Frames that are pushed aside by 4 pixels each, and what the stand-in for the model was given; it changes nothing. */
async function render(fill: HoleOptions["fill"] | null, cadence = 1, from?: RenderedFrame) {
  const text = JSON.stringify({
    prompts: "x",
    frames: 7,
    seed: 5,
    mode: "2d",
    cadence,
    size: "64x64",
    motion: { translation_x: 4 },
    noise: { amount: 0 },
    feedback: { sharpen: { amount: 0 } },
  });
  const plan = planFrames(loadSettings({ file: "a.yaml", text }).settings);
  const camera = { mode: "2d" } as const;
  const painted: Painted[] = [];
  const paint = async (init: RgbImage | null, { frame }: FramePlan, holes?: Float32Array | null) => {
    painted.push({ frame, init: init!, holes });
    return init!;
  };
  const frames: RenderedFrame[] = [];
  for await (const frame of renderFrames(plan, from?.state ?? INITIAL_STATE, paint, {
    feedback: { ...camera, colorMatch: "none" },
    cadence,
    initImage: START,
    colors: { mode: "first" },
    ...(fill && { holes: { fill, camera, seeDepth: async () => null } }),
    signal: new AbortController().signal,
  })) {
    frames.push(frame);
  }
  return { painted, frames };
}

/** Columns of which more than half is a hole, in the middle row. */
function columns(holes: Float32Array): number[] {
  return [...Array(64).keys()].filter((column) => holes[32 * 64 + column]! > 0.5);
}

function isSmeared({ data }: RgbImage): boolean {
  return [0, 1, 2, 3].every((column) => data[3 * (32 * 64 + column)] === data[3 * (32 * 64 + 4)]);
}

describe("holes in the loop", () => {
  it("are smeared as before when nothing is asked for", async () => {
    const { painted } = await render(null);
    for (const { frame, init, holes } of painted) {
      expect(holes).toBeUndefined();
      expect(isSmeared(init)).toBe(frame > 0);
    }
  });

  it("are filled with noise before the model sees them, and nothing else changes", async () => {
    const smeared = await render(null);
    const { painted } = await render("noise");
    expect(painted[0]!.init).toEqual(smeared.painted[0]!.init);
    const [init, other] = [painted[1]!.init, smeared.painted[1]!.init];
    expect(isSmeared(init)).toBe(false);
    for (let i = 0; i < init.data.length; i++) {
      if (Math.floor(i / 3) % 64 >= 4) expect(init.data[i]).toBe(other.data[i]);
    }
    expect(painted.every(({ holes }) => holes === null)).toBe(true);
  });

  it("are told to the model to inpaint, from the first move on", async () => {
    const { painted } = await render("inpaint");
    expect(painted[0]!.holes).toBeNull();
    for (const { holes } of painted.slice(1)) expect(columns(holes!)).toEqual([0, 1, 2, 3]);
  });

  it("of all moves since the last drawn picture are drawn together, and noise is in no frame between", async () => {
    const { painted, frames } = await render("inpaint", 3);
    expect(painted.map(({ frame }) => frame)).toEqual([0, 3, 6]);
    expect(columns(painted[1]!.holes!)).toEqual([...Array(12).keys()]);
    const smeared = await render(null, 3);
    for (const index of [1, 2]) expect(frames[index]!.image).toEqual(smeared.frames[index]!.image);
  });

  it("are the same when a run goes on from any drawn frame", async () => {
    for (const cadence of [1, 3]) {
      const whole = await render("noise", cadence);
      const rest = await render("noise", cadence, whole.frames[3]);
      expect(rest.frames.map(({ image }) => image)).toEqual(whole.frames.slice(4).map(({ image }) => image));
    }
  });
});
