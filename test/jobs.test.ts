/** Shots that are rendered side by side: the frames and the video are those of one process. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readFrames, readManifest, runAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";
import { interrupt } from "./support/interrupt.ts";

const RUN = ["-s", "flight.yaml", "--no-cache", "--set", "thumbnails.count=0"];

async function contents(folder: string) {
  const [frames, video] = await Promise.all([readFrames(folder), readFile(join(folder, "video.mp4"))]);
  return { frames, video };
}

describe("animate --jobs", () => {
  it("gives the bytes of one process, also after Ctrl-C", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder, "shots: [1, 4]\ncadence: 2");
    const run = (out: string, jobs: string) => runAnimate(folder, [...RUN, "--out", out, "--jobs", jobs]);
    expect((await run("one", "1")).stderr).toBe("");
    const three = await run("three", "3");
    expect(three.stderr).toBe("");
    expect(three.stdout).toContain("6 frames rendered");
    const whole = await contents(join(folder, "one"));
    expect(await contents(join(folder, "three"))).toEqual(whole);

    const two = [...RUN, "--out", "two", "--jobs", "2"];
    const stopped = await interrupt(folder, two, '"type":"frame"', "SIGINT");
    expect(stopped.stdout).toContain('"processes":2');
    expect(stopped.exitCode).toBe(130);
    expect((await run("two", "2")).exitCode).toBe(0);
    expect(await contents(join(folder, "two"))).toEqual(whole);
    const { frames } = await readManifest(join(folder, "two"));
    expect(frames.map(({ frame }) => frame)).toEqual([0, 1, 2, 3, 4, 5]);
  }, 240_000);

  it("gives the bytes of one process where each frame is drawn by itself", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder, "mode: interpolation");
    const run = (out: string, jobs: string) =>
      runAnimate(folder, [...RUN, "--frames", "4", "--out", out, "--jobs", jobs]);
    expect((await run("one", "1")).exitCode).toBe(0);
    expect((await run("two", "2")).exitCode).toBe(0);
    expect(await contents(join(folder, "two"))).toEqual(await contents(join(folder, "one")));
  }, 240_000);

  it("says so where there is nothing to share, and renders", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    const { stderr, stdout } = await runAnimate(folder, [...RUN, "--frames", "1", "--jobs", "2"]);
    expect(stderr).toBe("warning: one shot: nothing to share among 2 processes\n");
    expect(stdout).toContain("1 frames rendered");
  });

  it.each(["17", "many"])("refuses --jobs %s", async (jobs) => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    const { stderr, exitCode } = await runAnimate(folder, [...RUN, "--jobs", jobs]);
    expect(stderr).toContain("--jobs: expected a whole number from 1 to 16, found");
    expect(exitCode).toBe(2);
  });
});
