/** The frame cache on real files: what is kept is found, what is damaged is not, and what was used last stays longest. */
import { chmod, mkdir, open, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { entryKey, entryPath } from "./cache-entry.ts";
import { type Link, picturePath, sha256 } from "./cached-picture.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { estimateBytes } from "./estimate-bytes.ts";
import { type CachedFrame, type FinishedFrame, type FrameCache, openFrameCache } from "./frame-cache.ts";
import { summarizeCache } from "./summary.ts";

const MACHINE = "test";
const across: Link = () =>
  Promise.reject(Object.assign(new Error("EXDEV: cross-device link"), { code: "EXDEV" }));

interface Rig {
  readonly cache: FrameCache;
  readonly folder: string;
  readonly warnings: string[];
  /** Seconds of the cache's clock, which goes on with each use. */
  readonly clock: { seconds: number };
  /** Renders a frame anew into a run folder of its own, and keeps it. */
  readonly make: (index: number) => Promise<{ runFolder: string; frame: FinishedFrame }>;
}

async function rig({
  link,
  limitBytes = 1e9,
  run = "flight",
}: { link?: Link; limitBytes?: number; run?: string } = {}): Promise<Rig> {
  const root = await temporaryFolder();
  const folder = join(root, "cache");
  const warnings: string[] = [];
  const clock = { seconds: 1_000_000 };
  const cache = openFrameCache({
    folder,
    limitBytes,
    machine: MACHINE,
    run,
    model: "tiny",
    onWarning: (message) => warnings.push(message),
    now: () => new Date(1000 * clock.seconds++),
    ...(link && { link }),
  });
  let runs = 0;
  return {
    cache,
    folder,
    warnings,
    clock,
    async make(index) {
      const runFolder = join(root, `run-${runs++}`);
      const frame = await writeRun(runFolder, index);
      await cache.keep(runFolder, frame);
      return { runFolder, frame };
    },
  };
}

const fail = (message: string): void => expect.fail(message);
const chainOf = (index: number): string => sha256(`frame ${index}`);
const pictureOf = (index: number): Buffer => Buffer.alloc(500 + 250 * index, `picture ${index}`);
/** Frames 0–3 refer to one color reference, the others to another. */
const referenceOf = (index: number): Buffer => Buffer.alloc(700, index < 4 ? "early" : "late");
/** Every third frame is none that a run goes on from. */
const hasState = (index: number): boolean => index % 3 !== 2;
const contentsOf = (index: number): Buffer[] =>
  hasState(index) ? [pictureOf(index), referenceOf(index)] : [pictureOf(index)];

async function writeRun(runFolder: string, index: number): Promise<FinishedFrame> {
  const [picture, colorReference] = [
    { file: "frames/picture.png", bytes: pictureOf(index) },
    { file: "state/reference.png", bytes: referenceOf(index) },
  ].map(({ file, bytes }) => ({ file, bytes, sha256: sha256(bytes) })) as [RunPicture, RunPicture];
  for (const { file, bytes } of [picture, colorReference]) {
    await mkdir(dirname(join(runFolder, file)), { recursive: true });
    await writeFile(join(runFolder, file), bytes);
  }
  const state = hasState(index) ? { newer: picture, older: null, colorReference } : null;
  return { chain: chainOf(index), picture, state, seconds: index };
}

interface RunPicture {
  readonly file: string;
  readonly bytes: Buffer;
  readonly sha256: string;
}

function expectFrame(found: CachedFrame | undefined, index: number): void {
  const picture = { sha256: sha256(pictureOf(index)), bytes: pictureOf(index) };
  const reference = { sha256: sha256(referenceOf(index)), bytes: referenceOf(index) };
  const state = hasState(index) ? { newer: picture, older: null, colorReference: reference } : null;
  expect(found).toEqual({ picture, state, seconds: index });
}

const pathOf = (folder: string, bytes: Buffer): string => picturePath(folder, sha256(bytes));
const entryOf = (folder: string, index: number): string =>
  entryPath(folder, entryKey(MACHINE, chainOf(index)));

/** Flips a bit in place, as an editor or a failing disk does. */
async function flipBit(path: string, position: number): Promise<void> {
  await using file = await open(path, "r+");
  const { size } = await file.stat();
  const [byte] = (await file.read(Buffer.alloc(1), 0, 1, position % size)).buffer;
  await file.write(Buffer.from([byte! ^ 0x10]), 0, 1, position % size);
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function filesBelow(folder: string): Promise<string[]> {
  const children = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return children.filter((child) => child.isFile()).map((child) => join(child.parentPath, child.name));
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
    for (const part of ["frames", "pictures"]) await chmod(join(folder, part), 0o555);
    await rm(join(folder, "frames", entryKey(MACHINE, chainOf(1)).slice(0, 2)), {
      recursive: true,
      force: true,
    });
    await writeFile(join(folder, "frames", entryKey(MACHINE, chainOf(1)).slice(0, 2)), "");
    await make(1);
    await make(2);
    expect(warnings).toEqual([expect.stringContaining("frames are not kept for other runs: ")]);
    expect(warnings[0]).toContain("--no-cache");
    expectFrame(await cache.find(chainOf(0)), 0);
    await chmod(join(folder, "frames"), 0o755);
    await chmod(join(folder, "pictures"), 0o755);
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
          const victim = (frame: number) => contentsOf(frame).at(-1)!;
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
              const path = pathOf(folder, victim(command.index));
              if (!(await exists(path))) break;
              if (command.type === "flip") await flipBit(path, command.place);
              else if (command.type === "cut") await truncate(path, command.place % 500);
              else await rm(path);
              spoiled.add(sha256(victim(command.index)));
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
