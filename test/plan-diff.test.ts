// `animate plan --diff`: what an edit will cost, said before any frame is made.
import { appendFile, cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { planAgainstRun, type RunDiff } from "../src/render/plan-against-run.ts";
import { lockRunFolder } from "../src/render/run-lock.ts";
import { loadSettings } from "../src/settings/load.ts";
import { readSetFlag } from "../src/settings/overrides.ts";
import { readScheduleText } from "../src/settings/schedule-text.ts";
import { runAnimate, temporaryFolder, TINY_MODEL, writeSchedule } from "./run-animate.ts";
import { contentOf } from "./support/folder-content.ts";

/** The schedule with `changes` against the folder `run` beside it. */
async function diff(folder: string, ...changes: string[]): Promise<RunDiff> {
  const file = join(folder, "flight.yaml");
  const loaded = loadSettings({ file, text: await readScheduleText(file) }, changes.map(readSetFlag));
  const { settings, text, locate } = loaded;
  return await planAgainstRun({
    settings,
    scheduleText: text,
    scheduleFolder: folder,
    locate,
    folder: join(folder, "run"),
  });
}

const reasonsOf = ({ reasons }: RunDiff) => reasons.map(({ frames, why }) => `${frames}: ${why}`);

/** Six finished frames in `run`, by a model of their own. */
async function renderSix(): Promise<{ folder: string; args: string[] }> {
  const folder = await temporaryFolder();
  await cp(TINY_MODEL, join(folder, "hero"), { recursive: true });
  const schedule = await writeSchedule(folder, "thumbnails: { count: 0 }");
  await appendFile(join(folder, schedule), "init: { strength: 0.5 }\n");
  const args = ["-s", schedule, "--out", "run", "--set", "model=./hero"];
  expect((await runAnimate(folder, args)).exitCode).toBe(0);
  return { folder, args };
}

describe("animate plan --diff", () => {
  it("says which frames an edit costs and why, in lines and as JSON", { timeout: 400_000 }, async () => {
    const { folder, args } = await renderSix();
    const edit = ["--set", "prompts.4=a dragon", "--set", "guidance_scale=0:(7), 4:(7), 5:(9)"];
    const before = await contentOf(folder);
    const { exitCode, stdout, stderr } = await runAnimate(folder, ["plan", ...args, ...edit, "--diff"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n")).toEqual([
      "flight: 2 of 6 frames would be rendered: 4–5; 4 are kept",
      "  4: text of prompt",
      "  5: guidance_scale 7 → 9, text of prompt",
      "",
    ]);
    const { stdout: json } = await runAnimate(folder, ["plan", ...args, ...edit, "--diff", "--json"]);
    expect(JSON.parse(json)).toMatchObject({
      name: "flight",
      frames: 6,
      render: [4, 5],
      kept: 4,
      cached: [],
      asks: [],
      reasons: [{ frames: "4", why: "text of prompt" }, { frames: "5" }],
    });
    expect(await contentOf(folder)).toEqual(before);

    // What it said is what the render does.
    const { stdout: rendered } = await runAnimate(folder, [...args, ...edit]);
    expect(rendered).toContain("2 frames rendered (4 were there already)");
    expect(
      await diff(folder, "model=./hero", "prompts.4=a dragon", "guidance_scale=0:(7), 4:(7), 5:(9)"),
    ).toEqual({
      frames: 6,
      render: [],
      reasons: [],
      asks: [],
      cached: [],
      idle: [],
    });
  });

  it(
    "tells frames apart that are changed, damaged, new, or only shown otherwise",
    { timeout: 400_000 },
    async () => {
      const { folder, args } = await renderSix();
      const model = "model=./hero";
      // A render may be at work: nothing is locked.
      const unlock = await lockRunFolder(join(folder, "run"));

      expect(await diff(folder, model, "fps=20")).toMatchObject({
        render: [],
        reasons: [],
        idle: ["fps 10 → 20"],
      });
      expect(reasonsOf(await diff(folder, model, "size=96x64"))).toEqual(["all: size 64×64 → 96×64"]);
      expect(reasonsOf(await diff(folder, model, "init.strength=0.6"))).toEqual([]);
      expect(reasonsOf(await diff(folder, model, "seed=8"))).toEqual(["0–5: seed 7 → 8 at 0"]);
      const longer = await diff(folder, model, "frames=8", "motion={}");
      expect(reasonsOf(longer).at(-1)).toBe("6–7: not rendered yet");
      expect(longer.render).toHaveLength(8);

      await writeFile(join(folder, "run", "frames", "000003.png"), "");
      expect(reasonsOf(await diff(folder, model))).toEqual(["3: its file is damaged or missing"]);
      await unlock();

      // The model's file is another one: a render would ask.
      await appendFile(join(folder, "hero", "unet", "config.json"), "\n");
      const edit = ["--set", "guidance_scale=0:(7), 4:(7), 5:(9)"];
      const { exitCode, stdout } = await runAnimate(folder, ["plan", ...args, ...edit, "--diff"]);
      expect(exitCode).toBe(0);
      expect(stdout.split("\n")).toEqual([
        "flight: a render would ask first, because finished frames were made under other conditions",
        "  all: model ./hero has other contents",
        "flight: 6 of 6 frames would be rendered with --force",
        "flight: 2 of 6 frames would be rendered with --allow-drift: 3, 5; 4 are kept",
        "  3: its file is damaged or missing",
        "  5: guidance_scale 7 → 9",
        "",
      ]);
    },
  );

  it(
    "costs one shot what is edited in it, and single frames what is edited in them",
    { timeout: 400_000 },
    async () => {
      const folder = await temporaryFolder();
      const shots = ["shots=[2, 4]", "thumbnails.count=0"];
      const flags = shots.flatMap((change) => ["--set", change]);
      const run = ["-s", await writeSchedule(folder), "--out", "run", ...flags];
      expect((await runAnimate(folder, run)).exitCode).toBe(0);
      const edit = "guidance_scale={ 0: 7, 2: 7, 3: 9, 4: 7 }";
      const edited = await diff(folder, ...shots, edit);
      expect(edited.render).toEqual([3]);
      expect(reasonsOf(edited)).toEqual(["3: guidance_scale 7 → 9"]);
      // Without the shot at 4 its frames build on those before it.
      const joined = await diff(folder, "shots=[2]", "thumbnails.count=0");
      expect(joined.render).toEqual([4, 5]);
      expect(reasonsOf(joined)).toEqual(["4–5: no shot begins at 4 any more"]);
    },
  );

  it("has everything to render where there is no run yet, and makes no folder", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    expect(await diff(folder)).toMatchObject({
      render: [0, 1, 2, 3, 4, 5],
      reasons: [{ frames: "0–5", why: "not rendered yet" }],
    });
    expect((await contentOf(folder)).map(([path]) => path)).toEqual([join(folder, "flight.yaml")]);
  });
});
