/** Making room, and telling what is there: counts that are true, on real files. */
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import {
  chainOf,
  entryOf,
  exists,
  expectFrame,
  fail,
  filesBelow,
  MACHINE,
  pathOf,
  pictureOf,
  rig,
  writeRun,
} from "../../test/support/cached-frames.ts";
import { picturePath, sha256 } from "./cached-picture.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { estimateBytes } from "./estimate-bytes.ts";
import { openFrameCache } from "./frame-cache.ts";
import { summarizeCache } from "./summary.ts";

describe("making room", () => {
  it("says what the disk has won, and what the run's folder still has", async () => {
    const { folder, make } = await rig();
    const gone = await make(2);
    await make(5);
    await rm(gone.runFolder, { recursive: true });
    const entryBytes = async (index: number) => (await stat(entryOf(folder, index))).size;
    const ofEntries = (await entryBytes(2)) + (await entryBytes(5));
    expect((await summarizeCache(folder)).sharedBytes).toBe(pictureOf(5).length);
    expect(await collectGarbage(folder, { limitBytes: 0 })).toEqual({
      removedFrames: 2,
      keptFrames: 0,
      keptBytes: 0,
      freedBytes: pictureOf(2).length + ofEntries,
      sharedBytes: pictureOf(5).length,
    });
    expect(await filesBelow(folder)).toEqual([]);
  });

  it("clears what belongs to no frame, and temporary files once they are surely nobody's", async () => {
    const { cache, folder, make } = await rig();
    await make(1);
    await make(4);
    await rm(entryOf(folder, 4));
    const leftover = join(dirname(entryOf(folder, 1)), ".x.json.0123456789ab.partial");
    await writeFile(leftover, "half");
    await collectGarbage(folder, { limitBytes: 1e9 });
    expect(await exists(pathOf(folder, pictureOf(4)))).toBe(false);
    expect(await exists(leftover)).toBe(true);
    await collectGarbage(folder, { limitBytes: 1e9, now: () => Date.now() + 2 * 3_600_000 });
    expect(await exists(leftover)).toBe(false);
    expectFrame(await cache.find(chainOf(1)), 1);
  });

  it("counts few pictures exactly and estimates many from a part of them", async () => {
    const folder = await temporaryFolder();
    const add = async (name: string, size: number): Promise<void> => {
      const path = picturePath(folder, sha256(name));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, Buffer.alloc(size));
    };
    for (let i = 0; i < 20; i++) await add(`few ${i}`, 100 + i);
    expect(await estimateBytes(folder)).toBe(2190);
    for (let i = 0; i < 1500; i++) await add(`many ${i}`, 50 + (i % 100));
    const exact = 2190 + 1500 * 99.5;
    expect((await estimateBytes(folder)) / exact).toBeCloseTo(1, 0.7);
  });

  it("lists runs with the latest used first, and each picture once", async () => {
    const { cache, folder, make, clock } = await rig();
    await make(0);
    await make(1);
    const early = clock.seconds;
    const other = openFrameCache({
      folder,
      limitBytes: 1e9,
      machine: MACHINE,
      run: "copy",
      model: "tiny",
      onWarning: fail,
      now: () => new Date(1000 * (early + 50)),
    });
    const runFolder = join(dirname(folder), "copy");
    await other.keep(runFolder, await writeRun(runFolder, 3));
    const { runs, frames, bytes } = await summarizeCache(folder);
    expect(runs.map(({ run, frames: count, lastUsed }) => [run, count, lastUsed])).toEqual([
      ["copy", 1, new Date(1000 * (early + 50)).toISOString()],
      ["flight", 2, new Date(1000 * (early - 1)).toISOString()],
    ]);
    expect(frames).toBe(3);
    const files = await Promise.all(
      (await filesBelow(folder)).map(async (path) => (await readFile(path)).length),
    );
    expect(bytes).toBe(files.reduce((a, b) => a + b, 0));
    expect(runs.reduce((sum, run) => sum + run.bytes, 0)).toBe(bytes);
    expectFrame(await cache.find(chainOf(3)), 3);
  });
});
