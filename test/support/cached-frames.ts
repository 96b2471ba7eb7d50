/** A frame cache on a throw-away folder, and runs that fill it, for its unit tests. */

import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { entryKey, entryPath } from "../../src/frame-cache/cache-entry.ts";
import { type Link, picturePath, sha256 } from "../../src/frame-cache/cached-picture.ts";
import {
  type CachedFrame,
  type FinishedFrame,
  type FrameCache,
  openFrameCache,
} from "../../src/frame-cache/frame-cache.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export const MACHINE = "test";
export const across: Link = () =>
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

export async function rig({
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

export const fail = (message: string): void => expect.fail(message);
export const chainOf = (index: number): string => sha256(`frame ${index}`);
export const pictureOf = (index: number): Buffer => Buffer.alloc(500 + 250 * index, `picture ${index}`);
/** Frames 0–3 refer to one color reference, the others to another. */
const referenceOf = (index: number): Buffer => Buffer.alloc(700, index < 4 ? "early" : "late");
/** Every third frame is none that a run goes on from. */
const hasState = (index: number): boolean => index % 3 !== 2;
export const contentsOf = (index: number): Buffer[] =>
  hasState(index) ? [pictureOf(index), referenceOf(index)] : [pictureOf(index)];

export async function writeRun(runFolder: string, index: number): Promise<FinishedFrame> {
  const write = async (file: string, bytes: Buffer) => {
    await mkdir(dirname(join(runFolder, file)), { recursive: true });
    await writeFile(join(runFolder, file), bytes);
    return { file, sha256: sha256(bytes) };
  };
  const picture = await write("frames/000000.png", pictureOf(index));
  const colorReference = await write("state/aa.png", referenceOf(index));
  const state = hasState(index) ? { newer: picture, older: null, colorReference } : null;
  return { chain: chainOf(index), picture, state, seconds: index };
}

export function expectFrame(found: CachedFrame | undefined, index: number): void {
  const picture = { file: "frames/000000.png", sha256: sha256(pictureOf(index)) };
  const colorReference = { file: "state/aa.png", sha256: sha256(referenceOf(index)) };
  const state = hasState(index) ? { newer: picture, older: null, colorReference } : null;
  const contents = new Map(contentsOf(index).map((bytes) => [sha256(bytes), bytes]));
  expect(found).toEqual({ picture, state, seconds: index, contents });
}

export const pathOf = (folder: string, bytes: Buffer): string => picturePath(folder, sha256(bytes));
export const entryOf = (folder: string, index: number): string =>
  entryPath(folder, entryKey(MACHINE, chainOf(index)));

export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

export async function filesBelow(folder: string): Promise<string[]> {
  const children = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return children.filter((child) => child.isFile()).map((child) => join(child.parentPath, child.name));
}
