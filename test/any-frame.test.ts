// Frames of a run that were damaged or lost anywhere: they are rendered again, the others stay, and everything is as it was.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hashBasis } from "../src/render/chain.ts";
import { findFinished } from "../src/render/finished-frames.ts";
import { openJournal } from "../src/render/journal.ts";
import { readJournal } from "../src/render/journal-entry.ts";
import { renderGap } from "../src/render/render-gap.ts";
import { runBasis } from "../src/render/run-basis.ts";
import { openRunFolder } from "../src/render/run-folder.ts";
import type { PlannedRun } from "../src/render/run-frames.ts";
import { inRenderOrder } from "../src/schedule/render-order.ts";
import { independentParts } from "../src/schedule/shots.ts";
import { loadSettings } from "../src/settings/load.ts";
import { readFrames, temporaryFolder } from "./run-animate.ts";
import { cutFile, cutLine, flipBit } from "./support/damage.ts";
import { openTraced, standInPaint, traceTools } from "./support/loop-traces.ts";

const SCHEDULE = {
  prompts: { 0: "a cat", 9: "a dog" },
  seed: 1000,
  size: "64x64",
  mode: "2d",
  frames: 24,
  motion: { zoom: 1.03, angle: 2, translation_z: 4 },
};

async function openRun(changes: object): Promise<PlannedRun> {
  const text = JSON.stringify({ ...SCHEDULE, ...changes });
  const { settings } = loadSettings({ file: "run.yaml", text });
  const run = await openTraced(settings);
  return { ...run, plan: inRenderOrder(run.plan, settings) };
}

const partsOf = ({ plan, settings }: PlannedRun) => independentParts(plan, settings);

function hashesOf(run: PlannedRun): string[] {
  const opened = { model: { hash: "stand-in", provider: "none" } };
  return hashBasis(runBasis({ ...run, parts: partsOf(run), opened, moreFacts: {}, inputs: undefined }));
}

interface Rendered {
  /** Frames that were stored, in order. */
  readonly stored: readonly number[];
  /** Frames that were painted, in order. */
  readonly painted: readonly number[];
}

/** Renders what is missing into the folder, by a stand-in that paints a frame alike whenever it is asked for it. */
async function renderInto(path: string, run: PlannedRun): Promise<Rendered> {
  const standIn = await standInPaint(({ seed }) => seed);
  const chain = hashesOf(run);
  const folder = await openRunFolder(path, chain, { force: false });
  const [stored, painted]: [number[], number[]] = [[], []];
  const paint: typeof standIn = async (init, plan) => {
    painted.push(plan.frame);
    return await standIn(init, plan);
  };
  for (const part of partsOf(run)) {
    for (let gap = await folder.nextGap(part); gap; gap = await folder.nextGap(part)) {
      for await (const { place, frame } of renderGap(run, folder, part, gap, paint, traceTools(run))) {
        stored.push(frame.plan.frame);
        await folder.save(frame, chain[place]!, 0, []);
      }
    }
  }
  await folder.close();
  return { stored, painted };
}

async function contents(path: string): Promise<{ frames: object; states: ReadonlySet<string> }> {
  const states = await readdir(join(path, "state")).catch(() => []);
  return { frames: await readFrames(path), states: new Set(states) };
}

const frameOf = (path: string, frame: number): string =>
  join(path, "frames", `${String(frame).padStart(6, "0")}.png`);

describe.each([
  { name: "2D", changes: {}, lost: 10, painted: [10] },
  { name: "3D", changes: { mode: "3d" }, lost: 10, painted: [10] },
  { name: "cadence 3, a drawn frame", changes: { cadence: 3 }, lost: 9, painted: [9] },
  { name: "cadence 3, a frame between", changes: { cadence: 3 }, lost: 11, painted: [] },
  {
    name: "cadence 3 with exact bends, which are no state to begin from",
    changes: { cadence: 3, flow: { cadence: "farneback" }, deforum_exact: true },
    lost: 11,
    painted: [9],
  },
  { name: "reverse", changes: { reverse: true }, lost: 10, painted: [10] },
  { name: "reverse at cadence 3", changes: { reverse: true, cadence: 3 }, lost: 9, painted: [] },
  { name: "the first frame", changes: { cadence: 2 }, lost: 0, painted: [0] },
  { name: "the last frame", changes: {}, lost: 23, painted: [23] },
  { name: "in the second shot", changes: { shots: [9, 14] }, lost: 13, painted: [13] },
  { name: "the first of a shot", changes: { shots: [9, 14], cadence: 3 }, lost: 14, painted: [14] },
  { name: "drawn by itself", changes: { mode: "interpolation" }, lost: 14, painted: [14] },
  { name: "a loop", changes: { loop: 8 }, lost: 20, painted: [20] },
])("one frame: $name", ({ changes, lost, painted }) => {
  it("is rendered again when it is lost, and all is as it was", async () => {
    const path = await temporaryFolder();
    const run = await openRun(changes);
    await renderInto(path, run);
    const good = await contents(path);
    await rm(frameOf(path, lost));
    expect(await renderInto(path, run)).toEqual({ stored: [lost], painted });
    expect(await contents(path)).toEqual(good);
    expect(await renderInto(path, run)).toEqual({ stored: [], painted: [] });
  });
});

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe("an edit", () => {
  it("at frame 300 of 501 renders 201 frames", async () => {
    const path = await temporaryFolder();
    const film = { frames: 501, motion: { zoom: 1.01 } };
    expect((await renderInto(path, await openRun(film))).stored).toHaveLength(501);
    const edited = await openRun({ ...film, prompts: { 0: "a cat", 9: "a dog", 300: "a bird" } });
    expect((await renderInto(path, edited)).stored).toEqual(range(300, 501));
  }, 120_000);

  it("in the second of three shots renders the rest of that shot", async () => {
    const path = await temporaryFolder();
    const shots = { shots: [8, 16], cadence: 2 };
    await renderInto(path, await openRun(shots));
    const before = await readFrames(path);
    const edited = await openRun({
      ...shots,
      motion: { ...SCHEDULE.motion, angle: { 0: 2, 11: 2, 12: 9, 13: 2 } },
    });
    expect((await renderInto(path, edited)).stored).toEqual(range(12, 16));
    const after = await readFrames(path);
    expect(Object.keys(after).filter((file) => after[file] !== before[file])).toHaveLength(4);
  });

  it("of a frame that is drawn by itself renders that frame", async () => {
    const path = await temporaryFolder();
    await renderInto(path, await openRun({ mode: "interpolation" }));
    const edited = await openRun({ mode: "interpolation", steps: { 0: 25, 13: 25, 14: 30, 15: 25 } });
    expect((await renderInto(path, edited)).stored).toEqual([14]);
  });
});

describe("a shot", () => {
  it("is the animation that it would be alone, from its frame on", async () => {
    const [film, alone] = [await temporaryFolder(), await temporaryFolder()];
    const run = await openRun({ shots: [10], cadence: 2, motion: { zoom: 1.03 } });
    await renderInto(film, run);
    const second = { ...run, plan: run.plan.slice(10), settings: { ...run.settings, shots: null } };
    await renderInto(alone, second);
    const [ofFilm, ofAlone] = [await readFrames(film), await readFrames(alone)];
    expect(Object.keys(ofAlone)).toHaveLength(14);
    expect(ofFilm).toMatchObject(ofAlone);
  });
});

const journalOf = (path: string): string => join(path, "journal.ndjson");

describe("a run folder", () => {
  it.each([
    ["a flipped bit", flipBit],
    ["half a file", cutFile],
  ])("finds %s", async (_, damage) => {
    const path = await temporaryFolder();
    const run = await openRun({});
    await renderInto(path, run);
    const good = await contents(path);
    await damage(frameOf(path, 10));
    expect((await renderInto(path, run)).stored).toEqual([10]);
    expect(await contents(path)).toEqual(good);
  });

  it("is mended in several runs of frames, each from the state before it", async () => {
    const path = await temporaryFolder();
    const run = await openRun({ cadence: 3 });
    await renderInto(path, run);
    const good = await contents(path);
    for (const frame of [4, 5, 6, 13, 20]) await rm(frameOf(path, frame));
    expect(await renderInto(path, run)).toEqual({ stored: [4, 5, 6, 13, 20], painted: [6] });
    expect(await contents(path)).toEqual(good);
  });

  it("loses the frames of damaged journal lines only, and of half a line at the end", async () => {
    const path = await temporaryFolder();
    const run = await openRun({});
    await renderInto(path, run);
    const good = await contents(path);
    await cutLine(journalOf(path), 7);
    const text = await readFile(journalOf(path), "utf8");
    await writeFile(journalOf(path), text.slice(0, -20));
    expect((await renderInto(path, run)).stored).toEqual([7, 23]);
    expect(await contents(path)).toEqual(good);
  });

  it.each([flipBit, cutFile, rm])(
    "writes a damaged picture of a state again, by its frame",
    async (damage) => {
      const path = await temporaryFolder();
      const run = await openRun({ cadence: 3 });
      await renderInto(path, run);
      const good = await contents(path);
      const entry = (await readJournal(journalOf(path))).find(({ frame }) => frame === 9);
      await damage(join(path, entry!.state!.older!.file));
      await rm(frameOf(path, 10));
      expect(await renderInto(path, run)).toEqual({ stored: [9, 10], painted: [9] });
      expect(await contents(path)).toEqual(good);
    },
  );

  it("takes the last of several lines for a frame", async () => {
    const path = await temporaryFolder();
    const run = await openRun({});
    await renderInto(path, run);
    const lines = (await readFile(journalOf(path), "utf8")).split("\n");
    await renderInto(path, await openRun({ seed: 5 }));
    const text = await readFile(journalOf(path), "utf8");
    await writeFile(journalOf(path), `${lines[3]}\n${text}`);
    expect((await renderInto(path, await openRun({ seed: 5 }))).stored).toEqual([]);
    await writeFile(journalOf(path), `${text}${lines[3]}\n`);
    expect((await renderInto(path, await openRun({ seed: 5 }))).stored).toEqual([3]);
  });

  it("tells what is finished without touching anything", async () => {
    const path = await temporaryFolder();
    const run = await openRun({});
    await renderInto(path, run);
    await rm(frameOf(path, 5));
    const before = await readdir(path, { recursive: true });
    const edited = await openRun({ prompts: { 0: "a cat", 9: "a bird" } });
    const finished = await findFinished(path, hashesOf(edited));
    expect(finished.map((entry) => entry?.frame)).toEqual(
      edited.plan.map(({ frame }) => (frame < 9 && frame !== 5 ? frame : undefined)),
    );
    expect(await readdir(path, { recursive: true })).toEqual(before);
    expect(await findFinished(join(path, "elsewhere"), ["hash"])).toEqual([undefined]);
  });

  it("leaves files outside of it alone, whatever its journal says", async () => {
    const path = await temporaryFolder();
    const other = join(await temporaryFolder(), "precious.png");
    await writeFile(other, "precious");
    const forged = {
      frame: 0,
      chain: "other",
      picture: { file: `frames/../../${other}`, sha256: "" },
      state: null,
      seconds: 0,
    };
    const journal = await openJournal(journalOf(path), [forged]);
    await journal.close();
    await renderInto(path, await openRun({ frames: 1 }));
    expect(await readFile(other, "utf8")).toBe("precious");
  });
});
