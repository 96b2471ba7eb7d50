/** The frame cache on real files: what is kept is found, what is damaged is not, and what was used last stays longest. */
import { open, rm, stat, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  across,
  chainOf,
  contentsOf,
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
import { sha256 } from "./cached-picture.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { openFrameCache } from "./frame-cache.ts";
import { summarizeCache } from "./summary.ts";

/** The picture of a frame that is damaged: one that other frames have, too, where it has a state. */
const victimOf = (index: number): Buffer => contentsOf(index).at(-1)!;

/** Flips a bit in place, as an editor or a failing disk does. */
async function flipBit(path: string, position: number): Promise<void> {
  await using file = await open(path, "r+");
  const { size } = await file.stat();
  const [byte] = (await file.read(Buffer.alloc(1), 0, 1, position % size)).buffer;
  await file.write(Buffer.from([byte! ^ 0x10]), 0, 1, position % size);
}

describe("the frame cache", () => {
  it("finds what was kept after the run's folder is gone, picture and state, and nothing else", async () => {
    const { cache, make } = await rig();
    const made = await make(1);
    await make(2);
    await rm(made.runFolder, { recursive: true });
    expectFrame(await cache.find(chainOf(1)), 1);
    expectFrame(await cache.find(chainOf(2)), 2);
    expect(await cache.find(chainOf(3))).toBeUndefined();
  });

  it("tells whether it has a frame, entry and pictures", async () => {
    const { cache, folder, make } = await rig();
    await make(1);
    await make(2);
    await rm(pathOf(folder, pictureOf(2)));
    expect(await Promise.all([1, 2, 3].map((frame) => cache.has(chainOf(frame))))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("shares the room of the run's own files, and lets another run take it over", async () => {
    const { cache, folder, make } = await rig();
    const { runFolder, frame } = await make(0);
    const object = pathOf(folder, pictureOf(0));
    expect((await stat(object)).ino).toBe((await stat(join(runFolder, frame.picture.file))).ino);

    await rm(runFolder, { recursive: true });
    expect((await stat(object)).nlink).toBe(1);
    const other = join(dirname(folder), "other");
    await writeRun(other, 0);
    await cache.share(other, frame.picture);
    expect((await stat(object)).ino).toBe((await stat(join(other, frame.picture.file))).ino);
    expectFrame(await cache.find(chainOf(0)), 0);
    expect((await filesBelow(folder)).filter((path) => path.endsWith(".partial"))).toEqual([]);
  });

  it("copies where files of the run cannot have a second name", async () => {
    const { cache, folder, make } = await rig({ link: across });
    const { runFolder, frame } = await make(0);
    expect((await stat(pathOf(folder, pictureOf(0)))).nlink).toBe(1);
    await cache.share(runFolder, frame.picture);
    await flipBit(join(runFolder, frame.picture.file), 9);
    expectFrame(await cache.find(chainOf(0)), 0);
  });

  it("keeps frames of other kinds of machines apart", async () => {
    const { folder, make } = await rig();
    await make(0);
    const elsewhere = { folder, limitBytes: 1e9, run: "x", model: "x", onWarning: fail };
    expect(await openFrameCache({ ...elsewhere, machine: "other" }).find(chainOf(0))).toBeUndefined();
    expectFrame(await openFrameCache({ ...elsewhere, machine: MACHINE }).find(chainOf(0)), 0);
  });

  it("does not find a frame whose picture was edited in the run's folder, and keeps it when it is made again", async () => {
    const { cache, folder, make } = await rig();
    const { runFolder, frame } = await make(0);
    await flipBit(join(runFolder, frame.picture.file), 100);
    expect(await cache.find(chainOf(0))).toBeUndefined();
    expect(await exists(pathOf(folder, pictureOf(0)))).toBe(false);
    await make(0);
    expectFrame(await cache.find(chainOf(0)), 0);
  });

  it("warns once where it cannot be written, and what is there is still found", async () => {
    const { cache, folder, make, warnings } = await rig();
    await make(0);
    // A file in the place of a folder stops every user, root included.
    const place = dirname(entryOf(folder, 1));
    await rm(place, { recursive: true, force: true });
    await writeFile(place, "");
    await make(1);
    await make(2);
    expect(warnings).toEqual([expect.stringContaining("frames are not kept for other runs: ")]);
    expect(warnings[0]).toContain("--no-cache");
    expectFrame(await cache.find(chainOf(0)), 0);
  });

  it("makes room by itself, at once when it grows fast and at the end of a run", async () => {
    const { cache, folder, make } = await rig({ limitBytes: 10_000 });
    for (let index = 0; index < 12; index++) await make(index);
    expect((await summarizeCache(folder)).bytes).toBeLessThan(10_000 + 5000);
    await cache.close();
    const { bytes, frames } = await summarizeCache(folder);
    expect(bytes).toBeLessThanOrEqual(10_000);
    expect(frames).toBeGreaterThan(1);
    expectFrame(await cache.find(chainOf(11)), 11);
    expect(await cache.find(chainOf(0))).toBeUndefined();
  });

  it("never gives wrong bytes, never forgets what is intact, and drops the least recently used down to the limit", async () => {
    const index = fc.nat({ max: 7 });
    const place = fc.nat({ max: 100_000 });
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ type: fc.constant("make" as const), index }) },
      { weight: 4, arbitrary: fc.record({ type: fc.constant("find" as const), index }) },
      {
        weight: 2,
        arbitrary: fc.record({ type: fc.constant("gc" as const), limitBytes: fc.nat({ max: 16_000 }) }),
      },
      fc.record({ type: fc.constant("flip" as const), index, place }),
      fc.record({ type: fc.constant("cut" as const), index, place }),
      fc.record({ type: fc.constant("remove" as const), index, place }),
      fc.record({ type: fc.constant("spoil entry" as const), index, place }),
    );
    const steps = fc.array(step, { minLength: 10, maxLength: 40, size: "max" });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (commands, links) => {
        const { cache, folder, clock, make } = await rig(links ? {} : { link: across });
        /** What has an entry, and when it was used last. */
        const used = new Map<number, number>();
        const spoiled = new Set<string>();
        const isIntact = (frame: number) => contentsOf(frame).every((bytes) => !spoiled.has(sha256(bytes)));

        for (const command of commands) {
          switch (command.type) {
            case "make":
              await make(command.index);
              for (const bytes of contentsOf(command.index)) spoiled.delete(sha256(bytes));
              used.set(command.index, clock.seconds);
              break;
            case "find": {
              const found = await cache.find(chainOf(command.index));
              if (used.has(command.index) && isIntact(command.index)) {
                expectFrame(found, command.index);
                used.set(command.index, clock.seconds);
              } else {
                expect(found).toBeUndefined();
                used.delete(command.index);
              }
              break;
            }
            case "gc": {
              const { limitBytes } = command;
              const { keptBytes, keptFrames } = await collectGarbage(folder, { limitBytes });
              const { bytes, frames } = await summarizeCache(folder);
              expect([keptFrames, keptBytes]).toEqual([frames, bytes]);
              expect(bytes).toBeLessThanOrEqual(limitBytes);
              const sizes = (await filesBelow(folder)).map(async (path) => (await stat(path)).size);
              expect((await Promise.all(sizes)).reduce((a, b) => a + b, 0)).toBe(bytes);
              let newestDropped = -Infinity;
              for (const [frame, time] of used) {
                if (await exists(entryOf(folder, frame))) continue;
                if (isIntact(frame)) newestDropped = Math.max(newestDropped, time);
                used.delete(frame);
              }
              for (const time of used.values()) expect(time).toBeGreaterThan(newestDropped);
              break;
            }
            case "flip":
            case "cut":
            case "remove": {
              const path = pathOf(folder, victimOf(command.index));
              if (!(await exists(path))) break;
              if (command.type === "flip") await flipBit(path, command.place);
              else if (command.type === "cut") await truncate(path, command.place % 500);
              else await rm(path);
              spoiled.add(sha256(victimOf(command.index)));
              break;
            }
            case "spoil entry": {
              const path = entryOf(folder, command.index);
              if (!(await exists(path))) break;
              await flipBit(path, command.place);
              used.delete(command.index);
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
