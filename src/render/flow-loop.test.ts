// Frames and events computed with deforum-art/sd-webui-deforum 32242685, its model replaced by the stand-in.
import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { differences, planGolden, standIn } from "../../test/support/loop-stand-in.ts";
import { estimateFlow, type FindFlow } from "../flow/estimate.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
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
const base = await readPngBytes(`${FIXTURES}base.png`);

const findFlow: FindFlow = (previous, next) => estimateFlow("dis_medium", previous, next);

const EXACT: LoopOptions = {
  feedback: { mode: "2d", colorMatch: "none", deforumExact: true },
  cadence: 1,
  initImage: null,
  colors: { mode: "first" },
  signal: new AbortController().signal,
};

interface LoopEvent {
  readonly op: string;
  readonly seed?: number;
  readonly denoising_strength?: number;
}

async function readEvents(name: string): Promise<LoopEvent[]> {
  const trace: { events: LoopEvent[] } = JSON.parse(await readFile(`${FIXTURES}${name}.json`, "utf8"));
  return trace.events;
}

async function collect(frames: AsyncIterable<RenderedFrame>): Promise<RenderedFrame[]> {
  const all: RenderedFrame[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

function hashes(rendered: readonly RenderedFrame[]): string[] {
  return rendered.map(({ image }) => sha256(image.data));
}

/** Every frame of the folder within a mean and a largest difference. */
async function expectFrames(
  folder: string,
  rendered: readonly RenderedFrame[],
  limits: { largest: number; mean: number },
): Promise<void> {
  const files = (await readdir(FIXTURES + folder)).toSorted();
  expect(files.length).toBeGreaterThan(1);
  for (const [index, file] of files.entries()) {
    const golden = await readPngBytes(`${FIXTURES}${folder}/${file}`);
    const { largest, mean } = differences(rendered[index]!.image, golden);
    expect(largest, file).toBeLessThanOrEqual(limits.largest);
    expect(mean, file).toBeLessThanOrEqual(limits.mean);
  }
}

/** Paints with the stand-in and notes what it was asked. */
function noting(): { readonly paint: Paint; readonly asked: FramePlan[] } {
  const paint = standIn(base);
  const asked: FramePlan[] = [];
  return {
    asked,
    paint: async (init, plan) => {
      asked.push(plan);
      return await paint(init, plan);
    },
  };
}

const CADENCE = { cadence: 4, flow: { cadence: "dis_medium" }, motion: { translation_x: 3 } };

/** Unlike the stand-in, gives the same picture again for the same plan, as a model does. */
const repeatable: Paint = async (init, frame) =>
  await standIn(base)(
    init && { ...init, data: init.data.map((value) => (value + (frame.seed % 7) / 9) / 2) },
    frame,
  );

describe("flow cadence", () => {
  // Deforum samples at 1/32 pixel: up to 4 levels per warp; a picture is warped and bent up to seven times.
  it("bends one picture into the other as Deforum does, when it shall be exact", async () => {
    const options = { ...EXACT, cadence: 4, findTweenFlow: findFlow };
    const frames = planGolden(13, CADENCE);
    const rendered = await collect(renderFrames(frames, INITIAL_STATE, standIn(base), options));
    await expectFrames("flow_cadence_2d", rendered, { largest: 8, mean: 0.65 });
    const fading = await collect(
      renderFrames(frames, INITIAL_STATE, standIn(base), { ...EXACT, cadence: 4 }),
    );
    const golden = await readPngBytes(`${FIXTURES}flow_cadence_2d/000000006.png`);
    expect(differences(fading[6]!.image, golden).mean).toBeGreaterThan(1);
  });

  it.each([
    ["flow_cadence_2d", "2d"],
    ["flow_cadence_3d", "3d"],
    ["flow_cadence_factor2", "2d"],
  ] as const)("is estimated as often as in %s", async (name, mode) => {
    const found: FramePlan[] = [];
    const { paint, asked } = noting();
    const options: LoopOptions = {
      ...EXACT,
      feedback: { ...EXACT.feedback, mode },
      cadence: 4,
      findTweenFlow: (previous, next) => {
        found.push(asked.at(-1)!);
        return findFlow(previous, next);
      },
    };
    await collect(renderFrames(planGolden(13, CADENCE).slice(0, 12), INITIAL_STATE, paint, options));
    const events = await readEvents(name);
    const written = events.slice(
      0,
      events.findLastIndex(({ op }) => op === "save"),
    );
    expect(found).toHaveLength(written.filter(({ op }) => op === "flow_estimate").length);
    expect(found.map(({ frame }) => frame)).toEqual([4, 8]);
  });

  it("leaves the frames that are drawn alone, and changes those between", async () => {
    const sane: LoopOptions = { ...EXACT, feedback: { mode: "2d", colorMatch: "none" }, cadence: 4 };
    const frames = planGolden(13, CADENCE);
    const fading = await collect(renderFrames(frames, INITIAL_STATE, standIn(base), sane));
    const bending = await collect(
      renderFrames(frames, INITIAL_STATE, standIn(base), { ...sane, findTweenFlow: findFlow }),
    );
    expect(bending.map(({ state }) => sha256(state.newer!.data))).toEqual(
      fading.map(({ state }) => sha256(state.newer!.data)),
    );
    expect(hashes(bending)[7]).toEqual(hashes(fading)[7]);
    expect(hashes(bending)[5]).not.toEqual(hashes(fading)[5]);
    const still = planGolden(13, { ...CADENCE, flow: { cadence: "dis_medium", cadence_factor: 0 } });
    const unbent = renderFrames(still, INITIAL_STATE, standIn(base), { ...sane, findTweenFlow: findFlow });
    expect(hashes(await collect(unbent))).toEqual(hashes(fading));
  });

  it.each([true, false])(
    "goes on from wherever it can to the same bytes, exact: %s",
    async (deforumExact) => {
      const options: LoopOptions = {
        ...EXACT,
        feedback: { ...EXACT.feedback, deforumExact },
        cadence: 4,
        findTweenFlow: findFlow,
      };
      const frames = planGolden(14, CADENCE);
      const whole = await collect(renderFrames(frames, INITIAL_STATE, repeatable, options));
      const resumable = whole.filter((frame) => frame.resumable);
      expect(resumable.length).toBeGreaterThanOrEqual(3);
      for (const { state } of resumable) {
        const rest = await collect(renderFrames(frames, state, repeatable, options));
        expect(hashes(rest)).toEqual(hashes(whole).slice(state.nextFrame));
      }
    },
  );
});

describe("drawings that do not count", () => {
  it("move the start of the one that does, as in Deforum's flow_redo", async () => {
    const options = { ...EXACT, redo: { findFlow, diffusionRedo: 0 } };
    const { paint, asked } = noting();
    const frames = planGolden(4, { flow: { redo: "dis_medium" } });
    const rendered = await collect(renderFrames(frames, INITIAL_STATE, paint, options));
    await expectFrames("flow_redo", rendered, { largest: 10, mean: 0.2 });
    const drawings = (await readEvents("flow_redo")).filter(({ op }) => op === "diffuse");
    expect(asked).toHaveLength(drawings.length);
    // The seeds of the others are from a generator that Deforum never seeds.
    for (const call of [0, 2, 4, 6]) expect(asked[call]!.seed).toBe(drawings[call]!.seed);
  });

  it("each begin where the last one ended, as in diffusion_redo2", async () => {
    const { paint, asked } = noting();
    const options = { ...EXACT, redo: { findFlow: null, diffusionRedo: 2 } };
    const plan = planGolden(4, { flow: { diffusion_redo: 2 } });
    await collect(renderFrames(plan, INITIAL_STATE, paint, options));
    const drawings = (await readEvents("diffusion_redo2")).filter(({ op }) => op === "diffuse");
    expect(asked).toHaveLength(drawings.length);
    for (const call of [0, 3, 6, 9]) expect(asked[call]!.seed).toBe(drawings[call]!.seed);
    expect(new Set(asked.map(({ seed }) => seed)).size).toBe(asked.length);
  });

  it("are not made where strength keeps nothing", async () => {
    const { paint, asked } = noting();
    const options = { ...EXACT, redo: { findFlow, diffusionRedo: 3 } };
    await collect(renderFrames(planGolden(3, { strength: 0 }), INITIAL_STATE, paint, options));
    expect(asked).toHaveLength(3);
  });
});
