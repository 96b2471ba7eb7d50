// Frames and events computed with deforum-art/sd-webui-deforum 32242685, its model replaced by the stand-in.
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { differences, planGolden, standIn } from "../../test/support/loop-stand-in.ts";
import { flowByMethod } from "../../test/support/no-networks.ts";
import { type Settings, settingsSchema } from "../settings/schema.ts";
import { toByteImage, toFloatImage } from "../tensor/image.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import { sha256 } from "./chain.ts";
import { INITIAL_STATE, type LoopOptions, type RenderedFrame, renderFrames } from "./frame-loop.ts";
import { type HybridEffects, type HybridInput, openHybridInput } from "./hybrid-input.ts";

const FIXTURES = new URL("../../test/fixtures/deforum/loop/", import.meta.url).pathname;
const base = await readPngBytes(`${FIXTURES}base.png`);

const EXACT: LoopOptions = {
  feedback: { mode: "2d", colorMatch: "none", deforumExact: true },
  cadence: 1,
  initImage: null,
  colors: { mode: "first" },
  signal: new AbortController().signal,
};

/** The effects of the goldens' video with these settings. */
async function effectsOf(hybrid: object, changes: object = {}): Promise<HybridEffects> {
  const settings: Settings = settingsSchema.parse({
    prompts: "a cat",
    size: "64x64",
    frames: 10,
    deforum_exact: true,
    hybrid: { video: `${FIXTURES}video`, ...hybrid },
    ...changes,
  });
  const input = await openHybridInput(settings, "/", "/");
  return input!.effects({
    findNearness: () => expect.unreachable("no mask by depth"),
    chooseFlow: flowByMethod,
  });
}

async function collect(frames: AsyncIterable<RenderedFrame>): Promise<RenderedFrame[]> {
  const all: RenderedFrame[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

/** Notes the order of what happens in a frame, in the words of the goldens. */
function noting(effects: HybridEffects, hybrid: { composite?: string; motion?: string }) {
  const events: string[] = [];
  const noted: HybridEffects = {
    move: async (picture, plan) => {
      if (hybrid.motion && plan.frame > 0)
        events.push(hybrid.motion === "optical_flow" ? "flow_apply" : "hybrid_matrix");
      return await effects.move(picture, plan);
    },
    mix: async (stage, picture, plan, before) => {
      if (stage === hybrid.composite) events.push("hybrid_composite");
      return await effects.mix(stage, picture, plan, before);
    },
  };
  return { events, noted };
}

async function goldenOps(name: string): Promise<string[]> {
  const trace: { events: { op: string }[] } = JSON.parse(await readFile(`${FIXTURES}${name}.json`, "utf8"));
  return trace.events.map(({ op }) => op);
}

/** Runs the goldens' schedule with a hybrid video, and notes what happens. */
async function run(
  hybrid: { readonly composite?: string; readonly motion?: string } & Readonly<Record<string, unknown>>,
  { frames = 10, cadence = 1, initImage = null as LoopOptions["initImage"] } = {},
): Promise<{ readonly rendered: RenderedFrame[]; readonly ops: string[] }> {
  const { events, noted } = noting(await effectsOf(hybrid), hybrid);
  const plan = planGolden(frames, { cadence, hybrid: { video: "video", ...hybrid } });
  const paint = standIn(base);
  const options = { ...EXACT, cadence, initImage, hybrid: noted };
  const painting: typeof paint = async (init, frame) => {
    events.push("diffuse");
    return await paint(init, frame);
  };
  return { rendered: await collect(renderFrames(plan, INITIAL_STATE, painting, options)), ops: events };
}

describe("hybrid video in the loop", () => {
  // Deforum samples 2D and flows at 1/32 pixel, and its DIS flow differs a little from ours: a mean of 0.3 levels, most at edges.
  it.each([
    ["hybrid_normal", { composite: "normal", alpha: 0.3 }, { largest: 4, mean: 0.1 }],
    [
      "hybrid_flow_composite",
      { composite: "normal", alpha: 0.3, motion: "optical_flow", flow_factor: 0.5 },
      { largest: 14, mean: 0.31 },
    ],
  ])("renders %s as Deforum does", async (folder, hybrid, limits) => {
    const { rendered } = await run(hybrid);
    expect(rendered).toHaveLength(10);
    for (const { plan, image } of rendered) {
      const file = `${folder}/${String(plan.frame).padStart(9, "0")}.png`;
      const { largest, mean } = differences(image, await readPngBytes(FIXTURES + file));
      expect(largest, file).toBeLessThanOrEqual(limits.largest);
      expect(mean, file).toBeLessThanOrEqual(limits.mean);
    }
  });

  it.each([
    ["hybrid_normal", { composite: "normal" }],
    ["hybrid_before_motion", { composite: "before_motion" }],
    ["hybrid_after_generation", { composite: "after_generation" }],
    ["hybrid_affine", { motion: "affine" }],
    ["hybrid_flow", { motion: "optical_flow" }],
    ["hybrid_flow_prev", { motion: "optical_flow", motion_from: "previous" }],
    ["hybrid_first_frame_init", { composite: "normal" }],
  ])("does things in the order of %s", async (name, hybrid) => {
    const ops = await goldenOps(name);
    const initImage = name.endsWith("init") ? await readPngBytes(`${FIXTURES}video/video_0.png`) : null;
    const frames = ops.filter((op) => op === "save").length;
    const found = await run(hybrid, { frames, initImage });
    const seen = new Set(["diffuse", "flow_apply", "hybrid_matrix", "hybrid_composite"]);
    expect(frames).toBeGreaterThan(4);
    expect(found.ops).toEqual(ops.filter((op) => seen.has(op)));
  });

  it("mixes before the video's motion or after it", async () => {
    const motion = { motion: "affine", alpha: 0.5 } as const;
    const frameOf = async (composite: string): Promise<string> =>
      sha256((await run({ ...motion, composite }, { frames: 2 })).rendered[1]!.image.data);
    const hashes = await Promise.all(["normal", "before_motion", "after_generation", "none"].map(frameOf));
    expect(new Set(hashes).size).toBe(4);
  });

  it("moves both pictures of a cadence with the video", async () => {
    const still = await run({ composite: "none" }, { frames: 8, cadence: 2 });
    const moving = await run({ motion: "optical_flow" }, { frames: 8, cadence: 2 });
    expect(moving.rendered.map(({ plan }) => plan.frame)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(sha256(moving.rendered[0]!.image.data)).toBe(sha256(still.rendered[0]!.image.data));
    for (const frame of [1, 2, 3, 5]) {
      expect(sha256(moving.rendered[frame]!.image.data)).not.toBe(sha256(still.rendered[frame]!.image.data));
    }
  });

  it("follows the video: what moved there moves here", async () => {
    const { move } = await effectsOf({ motion: "affine", first_frame_as_init: false });
    const [before, after] = await Promise.all(
      [0, 1].map((i) => readPngBytes(`${FIXTURES}video/video_${i}.png`)),
    );
    const moved = await move(toFloatImage(before!), planGolden(2, { hybrid: { video: "video" } })[1]!);
    const found = differences(toByteImage(moved), after!).mean;
    expect(found).toBeLessThan(differences(before!, after!).mean / 2);
  });
});

const named = (method: string): string => `method ${method}`;

/** The goldens' video under these settings, at cadence 2. */
async function open(hybrid: object): Promise<HybridInput | null> {
  const settings = settingsSchema.parse({ prompts: "a", size: "64x64", frames: 12, cadence: 2, hybrid });
  return await openHybridInput(settings, FIXTURES, "/");
}

describe("the input video", () => {
  it("is none when none is named", async () => expect(await open({})).toBeNull());

  it("gives the first picture to draw over, unless told not to", async () => {
    const first = await readPngBytes(`${FIXTURES}video/video_0.png`);
    expect((await open({ video: "video" }))!.initImage!.data).toEqual(first.data);
    expect((await open({ video: "video", first_frame_as_init: false }))!.initImage).toBeNull();
  });

  it("counts in the hash of the frames that look at it, with what is used of its settings", async () => {
    const plan = planGolden(10, { cadence: 2 });
    const unused = (await open({ video: "video", alpha: 0.2 }))!;
    expect(unused.facts(named)).toEqual({});
    expect(await unused.hashAt(plan[2]!)).toBeNull();
    const mixed = (await open({ video: "video", composite: "normal", mask: { type: "blend" } }))!;
    expect(mixed.facts(named)).toEqual({
      composite: "normal",
      mask: "blend",
      inverse: false,
      equalize: "none",
      auto_contrast: false,
    });
    expect(await mixed.hashAt(plan[1]!)).toBeNull();
    expect(await mixed.hashAt(plan[2]!)).toMatch(/^[0-9a-f]{64}$/);
    const moving = (await open({ video: "video", motion: "optical_flow", flow_consistency: true }))!;
    expect(moving.facts(named)).toMatchObject({
      motion: "optical_flow",
      flow_method: "method dis_medium",
      consistency_blur: 2,
    });
    expect(await moving.hashAt(plan[1]!)).not.toBe(await moving.hashAt(plan[2]!));
  });

  it("gives every n-th of its pictures, between two", async () => {
    const chosen = { extract_nth_frame: 3, extract_from_frame: 2, extract_to_frame: 9 };
    const { pictures } = (await open({ video: "video", ...chosen }))!;
    expect(pictures.count).toBe(3);
    for (const [frame, number] of [3, 6, 9].entries()) {
      const expected = await readPngBytes(`${FIXTURES}video/video_${number}.png`);
      expect((await pictures.readAt(frame)).data).toEqual(expected.data);
    }
  });

  it("moves what another picture is mixed into, and both count", async () => {
    const settings = { video: "video", motion: "affine", image: "base.png", composite: "normal", alpha: 1 };
    const effects = await effectsOf({ ...settings, video: `${FIXTURES}video`, image: `${FIXTURES}base.png` });
    const plan = planGolden(4, { hybrid: settings })[3]!;
    const mixed = await effects.mix("normal", toFloatImage(base), plan, base);
    expect(toByteImage(mixed).data).toEqual(base.data);
    const video = toFloatImage(await readPngBytes(`${FIXTURES}video/video_3.png`));
    expect(toByteImage(await effects.mix("normal", video, plan, base)).data).toEqual(base.data);

    const input = (await open(settings))!;
    const between = { ...plan, diffuse: false };
    expect(await input.hashAt(plan)).toBe(
      `${await input.pictures.hashAt(3)} ${sha256(await readFile(`${FIXTURES}base.png`))}`,
    );
    expect(await input.hashAt(between)).toBe(await input.pictures.hashAt(3));
  });

  it("that is too short is refused with the frame that has no picture", async () => {
    const input = (await open({ video: "video", motion: "affine" }))!;
    const last = planGolden(12).at(-1)!;
    await expect(input.hashAt(last)).rejects.toThrow("hybrid.video has 10 pictures, none for frame 11");
  });
});
