/** The frame cache between processes: several renderers and collectors at once, renders that take frames from it, and the commands that show it and make room. */

import { execFile } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { picturePath, sha256 } from "../src/frame-cache/cached-picture.ts";
import { collectGarbage } from "../src/frame-cache/collect-garbage.ts";
import { summarizeCache } from "../src/frame-cache/summary.ts";
import { remainsOf } from "./torture/remains.ts";
import { readManifest, runAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";

const RENDER = ["-s", "flight.yaml", "--set", "thumbnails.count=0"];

/** A schedule of six frames, and a cache of its own. */
async function cachedRuns(changes = "") {
  const folder = await temporaryFolder();
  await writeSchedule(folder, changes);
  const env = { ANIMATE_CACHE: join(folder, "cache"), ANIMATE_CACHE_SIZE: "" };
  return { folder, env, render: (...args: string[]) => runAnimate(folder, [...RENDER, ...args], env) };
}

/** What a render leaves that is seen: every frame file and the video, as hashes. */
async function readRun(runFolder: string): Promise<Record<string, string>> {
  const files = (await readdir(join(runFolder, "frames"))).toSorted().map((file) => `frames/${file}`);
  const hashes = [...files, "video.mp4"].map(async (file) => [
    file,
    sha256(await readFile(join(runFolder, file))),
  ]);
  return Object.fromEntries(await Promise.all(hashes)) as Record<string, string>;
}

const SHARE = fileURLToPath(new URL("support/share-cache.mjs", import.meta.url));

describe("a frame cache that is shared", () => {
  it("gives whole frames or none to processes that add to it and make room at once", async () => {
    const folder = await temporaryFolder();
    const cache = join(folder, "cache");
    const share = (seed: string) =>
      promisify(execFile)(process.execPath, [SHARE, cache, join(folder, seed), seed, "150"]);
    const [first, second] = await Promise.all([share("first"), share("second")]);
    expect(Number(first.stdout) + Number(second.stdout)).toBeGreaterThan(0);

    const { keptBytes, keptFrames } = await collectGarbage(cache, { limitBytes: 300_000 });
    const { bytes, frames } = await summarizeCache(cache);
    expect([keptBytes, keptFrames]).toEqual([bytes, frames]);
    expect(bytes).toBeLessThanOrEqual(300_000);
    expect(frames).toBeGreaterThan(0);
    for (const name of await readdir(join(cache, "pictures"), { recursive: true })) {
      if (name.length === 2) continue;
      const content = await readFile(join(cache, "pictures", name));
      expect(basename(name)).toBe(`${sha256(content)}.png`);
    }
  });
});

describe("a render with a frame cache", () => {
  it("takes every frame from it when the run's folder is gone, under another name as that run would have written it", async () => {
    const { folder, env, render } = await cachedRuns();
    const renamed = ["--set", "name=copy", "--fps", "12"];
    const reference = await render(...renamed, "--no-cache", "--out", "reference");
    expect(reference.stdout).toMatch(/^copy: 6 frames rendered in/);
    await expect(readdir(env.ANIMATE_CACHE)).rejects.toThrow("ENOENT");

    expect((await render()).stdout).toMatch(/^flight: 6 frames rendered in/);
    const first = await remainsOf(folder, "renders/flight");
    await rm(join(folder, "renders"), { recursive: true });
    expect((await render()).stdout).toMatch(/^flight: 0 frames rendered \(6 from the cache\) in/);
    expect(await remainsOf(folder, "renders/flight")).toEqual(first);
    const { frames } = await readManifest(join(folder, "renders/flight"));
    expect(frames.map(({ status }) => status)).toEqual(Array(6).fill("cached"));

    expect((await render(...renamed)).stdout).toMatch(/^copy: 0 frames rendered \(6 from the cache\) in/);
    const copy = await readRun(join(folder, "renders/copy"));
    expect(copy).toEqual(await readRun(join(folder, "reference")));
    expect(copy).not.toEqual(await readRun(join(folder, "renders/flight")));

    const { stdout } = await runAnimate(folder, ["cache"], env);
    expect(stdout).toMatch(/^flight +tiny-sd15 +6 frames +[\d.]+ kB +last used 20\d\d-/);
    expect(stdout).toMatch(/^6 frames, [\d.]+ kB of 10\.00 GB; [\d.]+ kB of it are in run folders, too$/m);
    const gc = await runAnimate(folder, ["cache", "gc", "--limit", "0", "--json"], env);
    expect(JSON.parse(gc.stdout)).toMatchObject({ removedFrames: 6, keptFrames: 0, keptBytes: 0 });
    expect(await remainsOf(folder, "renders/flight")).toEqual(first);
  });

  it("gives an edit back that is taken back, and renders anew with --force", async () => {
    const { folder, env, render } = await cachedRuns();
    await render();
    const first = await remainsOf(folder, "renders/flight");
    const edited = await render("--set", "prompts.4=a forest");
    expect(edited.stdout).toMatch(/: \d frames rendered \(\d were there already\) in/);
    const foreseen = await runAnimate(folder, ["plan", ...RENDER, "--diff"], env);
    expect(foreseen.stdout).toMatch(
      /^flight: 0 of 6 frames would be rendered; 4 are kept, 2 from the cache: 4–5\n {2}4–5: text of prompt\n$/,
    );
    const back = await render();
    expect(back.stdout).toMatch(/: 0 frames rendered \(\d were there already, \d from the cache\) in/);
    expect(await remainsOf(folder, "renders/flight")).toEqual(first);
    expect((await render("--force")).stdout).toMatch(/: 6 frames rendered in/);
    expect(await remainsOf(folder, "renders/flight")).toEqual(first);
  });

  it("renders what is damaged in it from the nearest state before, cadence and color reference included", async () => {
    const { folder, env, render } = await cachedRuns(
      "cadence: 2\nfeedback: { color_match: lab, color_reference: first }",
    );
    expect((await render()).stderr).toBe("");
    const first = await remainsOf(folder, "renders/flight");
    const { frames } = await readManifest(join(folder, "renders/flight"));
    await rm(join(folder, "renders"), { recursive: true });
    for (const frame of [2, 3, 5]) {
      const path = picturePath(env.ANIMATE_CACHE, frames[frame]!.sha256);
      const bytes = await readFile(path);
      bytes[bytes.length >> 1]! ^= 1;
      await writeFile(path, bytes);
    }
    expect((await render()).stdout).toMatch(/^flight: 3 frames rendered \(3 from the cache\) in/);
    expect(await remainsOf(folder, "renders/flight")).toEqual(first);
    const statuses = (await readManifest(join(folder, "renders/flight"))).frames.map(({ status }) => status);
    expect(statuses).toEqual(["cached", "cached", "rendered", "rendered", "cached", "rendered"]);
  });

  it("goes on with one warning where the cache cannot be written, and stays within a small limit", async () => {
    const { folder, env, render } = await cachedRuns();
    await writeFile(env.ANIMATE_CACHE, "a file in the place of the cache");
    const blocked = await render();
    expect(blocked.exitCode).toBe(0);
    expect(blocked.stderr).toMatch(/^warning: .*frames are not kept for other runs: .*\n$/);
    expect(blocked.stdout).toMatch(/^flight: 6 frames rendered in/);

    await rm(env.ANIMATE_CACHE);
    const small = { ...env, ANIMATE_CACHE_SIZE: "50kB" };
    expect((await runAnimate(folder, [...RENDER, "--out", "other"], small)).exitCode).toBe(0);
    const { bytes, frames } = await summarizeCache(env.ANIMATE_CACHE);
    expect(frames).toBeGreaterThan(0);
    expect(frames).toBeLessThan(6);
    expect(bytes).toBeLessThanOrEqual(50_000);
  });
});

describe("animate cache", () => {
  it("shows an empty cache and its place as JSON", async () => {
    const folder = await temporaryFolder();
    const env = { ANIMATE_CACHE: join(folder, "shared"), ANIMATE_CACHE_SIZE: "2GB" };
    const { stdout } = await runAnimate(folder, ["cache", "ls", "--json"], env);
    const nothing = { runs: [], frames: 0, bytes: 0, sharedBytes: 0 };
    expect(JSON.parse(stdout)).toEqual({ folder: env.ANIMATE_CACHE, limitBytes: 2e9, ...nothing });
  });

  it("refuses a limit that is none", async () => {
    const folder = await temporaryFolder();
    const result = await runAnimate(folder, ["cache", "gc", "--limit", "much"], { ANIMATE_CACHE: folder });
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('--limit: expected a size such as 20GB or 500MB, found "much"');
  });
});
