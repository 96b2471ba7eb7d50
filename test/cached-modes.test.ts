/** Runs that take frames from the cache, in every mode: whatever part of them is there, frames and states are those of a run that rendered all. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256 } from "../src/frame-cache/cached-picture.ts";
import type { ModelInfo } from "../src/models/model.ts";
import { hashBasis } from "../src/render/chain.ts";
import type { PictureFile } from "../src/render/journal-entry.ts";
import { type CachedRun, openRunCache } from "../src/render/run-cache.ts";
import { frameRecipe } from "../src/render/recipe.ts";
import { renderGap } from "../src/render/render-gap.ts";
import { runBasis } from "../src/render/run-basis.ts";
import { openRunFolder } from "../src/render/run-folder.ts";
import type { PlannedRun } from "../src/render/run-frames.ts";
import { inRenderOrder } from "../src/schedule/render-order.ts";
import { independentParts } from "../src/schedule/shots.ts";
import { loadSettings } from "../src/settings/load.ts";
import { replacePngText } from "../src/tensor/png-text.ts";
import { temporaryFolder } from "./run-animate.ts";
import { openTraced, standInPaint, traceTools } from "./support/loop-traces.ts";

const SCHEDULE = {
  prompts: { 0: "a cat", 9: "a dog" },
  seed: 1000,
  size: "64x64",
  mode: "2d",
  frames: 18,
  motion: { zoom: 1.03, angle: 2, translation_z: 4 },
};

/** What a recipe tells of a model. */
const MODEL = { name: "stand-in", hash: "0".repeat(64) } as ModelInfo;

type Run = PlannedRun & CachedRun & { readonly parts: ReturnType<typeof independentParts> };

async function openRun(changes: object): Promise<Run> {
  const text = JSON.stringify({ ...SCHEDULE, ...changes });
  const { settings } = loadSettings({ file: "run.yaml", text });
  const traced = await openTraced(settings);
  const plan = inRenderOrder(traced.plan, settings);
  const parts = independentParts(plan, settings);
  const opened = { model: { hash: "stand-in", provider: "none" } };
  const basis = runBasis({ ...traced, plan, parts, opened, moreFacts: {}, inputs: undefined });
  return {
    ...traced,
    plan,
    parts,
    chain: hashBasis(basis),
    pins: {
      processor: { name: "any", platform: "linux-x64", instructions: ["avx2"] },
      graphics: null,
      optimization: "all",
    },
    agreement: { isDrifted: false },
    models: { infoAt: () => MODEL },
    addons: { loras: [], embeddings: [] },
  };
}

interface Outcome {
  readonly cached: readonly number[];
  readonly rendered: readonly number[];
  /** What the journal says of each frame of the plan: its hash, its file, and the pictures to go on from. */
  readonly frames: readonly unknown[];
}

/** Takes what there is, renders the rest by a stand-in that paints a frame alike whenever it is asked for it, and keeps it. */
async function render(cache: string, run: Run, flags: { force?: boolean } = {}): Promise<Outcome> {
  const path = join(await temporaryFolder(), "run");
  const paint = await standInPaint(({ seed }) => seed);
  const folder = await openRunFolder(path, run.chain, { force: false });
  const request = {
    cache: { folder: cache, limitBytes: 1e9 },
    force: flags.force ?? false,
    stop: new AbortController().signal,
    onEvent: (event: object) => expect.fail(JSON.stringify(event)),
  };
  const shared = openRunCache(request, run, folder);
  const cached = (await shared.takeMissing()).map(({ frame }) => frame);
  const rendered: number[] = [];
  for (const part of run.parts) {
    for (let gap = await folder.nextGap(part); gap; gap = await folder.nextGap(part)) {
      for await (const { place, frame } of renderGap(run, folder, part, gap, paint, traceTools(run))) {
        const texts = frameRecipe(run.settings, MODEL, frame.plan, run.addons);
        await shared.keep(await folder.save(frame, run.chain[place]!, 0, texts));
        rendered.push(frame.plan.frame);
      }
    }
  }
  await shared.close();
  const journal = folder.finished.map((entry) => entry!);
  await folder.close();
  const states = journal.map(async ({ chain, picture, state }) => [
    chain,
    picture,
    await Promise.all([state?.newer, state?.older, state?.colorReference].map((one) => pixelsOf(path, one))),
  ]);
  return { cached, rendered, frames: await Promise.all(states) };
}

/** What a picture that the journal names shows: the color reference has a file of its own where the frame it comes from was not there yet. */
async function pixelsOf(path: string, picture: PictureFile | null | undefined): Promise<string | null> {
  if (!picture) return null;
  const png = await readFile(join(path, picture.file));
  expect(sha256(png)).toBe(picture.sha256);
  return sha256(replacePngText(png, []));
}

/** Lets the cache lose every entry or picture whose hash has such a remainder. */
async function lose(cache: string, part: "frames" | "pictures", remainder: number): Promise<void> {
  for (const name of await readdir(join(cache, part), { recursive: true })) {
    const isFile = name.length > 2;
    if (isFile && Number.parseInt(name.slice(3, 9), 16) % 3 === remainder) await rm(join(cache, part, name));
  }
}

describe.each([
  { name: "2D", changes: {} },
  {
    name: "3D, colors of the first frame",
    changes: { mode: "3d", feedback: { color_match: "lab", color_reference: "first" } },
  },
  { name: "cadence 3", changes: { cadence: 3 } },
  {
    name: "cadence 3 with exact bends, which are no state to begin from",
    changes: { cadence: 3, flow: { cadence: "farneback" }, deforum_exact: true },
  },
  { name: "reverse at cadence 2", changes: { reverse: true, cadence: 2 } },
  { name: "shots", changes: { shots: [5, 11], cadence: 2, feedback: { color_match: "rgb" } } },
  { name: "a loop", changes: { loop: 8 } },
  { name: "frames drawn each by itself", changes: { mode: "interpolation" } },
])("a run that takes frames from the cache: $name", ({ changes }) => {
  it("has the frames and states of one that rendered them, whatever the cache has lost", async () => {
    const cache = join(await temporaryFolder(), "cache");
    const run = await openRun(changes);
    const all = run.plan.map(({ frame }) => frame);
    const first = await render(cache, run);
    expect(first).toMatchObject({ cached: [], rendered: all });
    expect(await render(cache, run)).toEqual({ ...first, cached: all, rendered: [] });

    for (const [part, remainder] of [
      ["frames", 0],
      ["pictures", 1],
      ["frames", 2],
    ] as const) {
      await lose(cache, part, remainder);
      const again = await render(cache, run);
      expect(again.frames).toEqual(first.frames);
      expect([again.cached.length > 0, again.rendered.length > 0]).toEqual([true, true]);
      expect([...again.cached, ...again.rendered].toSorted((a, b) => a - b)).toEqual(
        all.toSorted((a, b) => a - b),
      );
    }
  });
});

describe("a frame is not shared", () => {
  const nothing = { cached: [] };

  it("with another kind of processor or graphics card", async () => {
    const cache = join(await temporaryFolder(), "cache");
    const run = await openRun({});
    await render(cache, run);
    const { pins } = run;
    const newer = { ...pins.processor, instructions: ["avx2", "avx512f"] };
    expect(await render(cache, { ...run, pins: { ...pins, processor: newer } })).toMatchObject(nothing);
    expect(await render(cache, { ...run, pins: { ...pins, graphics: "H200" } })).toMatchObject(nothing);
    expect((await render(cache, run)).cached).toHaveLength(18);
  });

  it("by a run that goes on under other versions, nor with one", async () => {
    const cache = join(await temporaryFolder(), "cache");
    const run = await openRun({});
    const drifted = { ...run, agreement: { isDrifted: true } };
    await render(cache, drifted);
    await expect(readdir(cache)).rejects.toThrow("ENOENT");
    await render(cache, run);
    expect(await render(cache, drifted)).toMatchObject(nothing);
  });

  it("with a run that renders anew, or writes more than frames", async () => {
    const cache = join(await temporaryFolder(), "cache");
    const run = await openRun({});
    await render(cache, run);
    expect(await render(cache, run, { force: true })).toMatchObject(nothing);
    const { settings } = run;
    const extras = { ...settings, hybrid: { ...settings.hybrid, save_extra_frames: true } };
    expect(await render(cache, { ...run, settings: extras })).toMatchObject(nothing);
  });
});
