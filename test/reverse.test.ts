/** Rendering backward from the command line: what is on disk, what plays, and how a run goes on. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readJournal } from "../src/render/journal-entry.ts";
import { readFrames, readManifest, runAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";
import { interrupt } from "./support/interrupt.ts";

const RUN = ["-s", "flight.yaml", "--set", "reverse=true", "--set", "thumbnails.count=0"];

async function pixels(file: string, page?: number): Promise<Uint8Array> {
  return await sharp(file, page === undefined ? {} : { page })
    .removeAlpha()
    .raw()
    .toBuffer();
}

function difference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, level, i) => sum + Math.abs(level - b[i]!), 0) / a.length;
}

describe("animate with reverse: true", () => {
  it("draws the last frame first, and plays forward", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder, "cadence: 2");
    const { exitCode, stderr } = await runAnimate(folder, [
      ...RUN,
      "--out",
      "run",
      "--set",
      "video.format=gif",
    ]);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    const run = join(folder, "run");
    const journal = await readJournal(join(run, "journal.ndjson"));
    expect(journal.map(({ frame }) => frame)).toEqual([5, 4, 3, 2, 1, 0]);
    expect((await readManifest(run)).frames.map(({ frame }) => frame)).toEqual([0, 1, 2, 3, 4, 5]);
    const frames = await Promise.all(
      Object.keys(await readFrames(run)).map((file) => pixels(join(run, "frames", file))),
    );
    for (let page = 0; page < 6; page++) {
      const shown = await pixels(join(run, "video.gif"), page);
      const distances = frames.map((frame) => difference(frame, shown));
      expect(distances.indexOf(Math.min(...distances))).toBe(page);
    }
  });

  it.each(["cadence: 1", "cadence: 2\nloop: 3", "cadence: 2\nlast_block: omit"])(
    "gives the same bytes after Ctrl-C as without, %j",
    async (changes) => {
      const folder = await temporaryFolder();
      await writeSchedule(folder, changes);
      await runAnimate(folder, [...RUN, "--out", "whole"]);
      const args = [...RUN, "--out", "parts"];
      const stopped = await interrupt(folder, args, '"type":"frame","frame":3', "SIGINT");
      expect(stopped.exitCode).toBe(130);
      const { exitCode, stdout } = await runAnimate(folder, [...args, "--resume"]);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/\([1-5] were there already\)/);
      expect(await readFrames(join(folder, "parts"))).toEqual(await readFrames(join(folder, "whole")));
      const videos = ["parts", "whole"].map((run) => readFile(join(folder, run, "video.mp4")));
      const [parts, whole] = await Promise.all(videos);
      expect(parts).toEqual(whole);
    },
  );

  it("renders only an edited frame and those before it anew", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    await runAnimate(folder, RUN);
    await runAnimate(folder, [...RUN, "--set", "prompts={0: a dragon, 3: a city at night}"]);
    const { frames } = await readManifest(join(folder, "renders/flight"));
    expect(frames.map(({ status }) => status)).toEqual([
      ...Array<string>(3).fill("rendered"),
      ...Array<string>(3).fill("reused"),
    ]);
  });

  it("draws the pictures that it draws forward where none is made from another", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    const single = ["--set", "mode=interpolation"];
    await runAnimate(folder, ["-s", "flight.yaml", ...single, "--out", "forward"]);
    const { exitCode, stderr } = await runAnimate(folder, [...RUN, ...single, "--out", "backward"]);
    expect(exitCode, stderr).toBe(0);
    const [forward, backward] = await Promise.all(
      ["forward", "backward"].map(async (run) => {
        const files = Object.keys(await readFrames(join(folder, run)));
        return await Promise.all(files.map((file) => pixels(join(folder, run, "frames", file))));
      }),
    );
    expect(backward).toEqual(forward);
    expect((await readJournal(join(folder, "backward/journal.ndjson"))).map(({ frame }) => frame)).toEqual([
      5, 4, 3, 2, 1, 0,
    ]);
  });

  it("takes nothing over from a run forward, and leaves none of its frames behind", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    await runAnimate(folder, ["-s", "flight.yaml"]);
    const { stdout } = await runAnimate(folder, [...RUN, "--frames", "4"]);
    expect(stdout).toContain("4 frames rendered");
    expect(Object.keys(await readFrames(join(folder, "renders/flight")))).toHaveLength(4);
  });
});
