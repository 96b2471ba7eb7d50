/** The frame cache between processes: several renderers and collectors at once, and the commands that show it and make room. */

import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { sha256 } from "../src/frame-cache/cached-picture.ts";
import { collectGarbage } from "../src/frame-cache/collect-garbage.ts";
import { summarizeCache } from "../src/frame-cache/summary.ts";
import { runAnimate, temporaryFolder } from "./run-animate.ts";

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

describe("animate cache", () => {
  it("shows an empty cache and its place, as text and as JSON", async () => {
    const folder = await temporaryFolder();
    const env = { ANIMATE_CACHE: join(folder, "shared"), ANIMATE_CACHE_SIZE: "2GB" };
    const text = await runAnimate(folder, ["cache"], env);
    expect(text.stdout).toContain("0 frames, 0 kB of 2.00 GB");
    expect(text.stdout).toContain(`The cache is ${join(folder, "shared")} (ANIMATE_CACHE)`);
    const { stdout } = await runAnimate(folder, ["cache", "ls", "--json"], env);
    expect(JSON.parse(stdout)).toEqual({
      folder: join(folder, "shared"),
      limitBytes: 2e9,
      runs: [],
      frames: 0,
      bytes: 0,
      sharedBytes: 0,
    });
  });

  it("refuses a limit that is none", async () => {
    const folder = await temporaryFolder();
    const result = await runAnimate(folder, ["cache", "gc", "--limit", "much"], { ANIMATE_CACHE: folder });
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('--limit: expected a size such as 20GB or 500MB, found "much"');
  });
});
