import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runAnimate, startAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";
import { readVideo } from "./support/read-video.ts";

const QUIET = ["-s", "flight.yaml", "--set", "thumbnails.count=0"];

describe("animate --stitch", () => {
  it("makes the video of what a killed run has finished, says what is missing, and opens no model", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    const run = startAnimate(folder, [...QUIET, "--json"]);
    await run.printed('"type":"frame","frame":3');
    process.kill(-run.process.pid!, "SIGKILL");
    await run.result;
    await rm(join(folder, "renders/flight/frames/000001.png"), { force: true });

    const asked = ["--stitch", "--set", "model=nowhere.safetensors"];
    const { exitCode, stdout, stderr } = await runAnimate(folder, [...QUIET, ...asked]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    const [, count, missing] = /^flight: a video of (\d) of 6 frames; missing: (.*)$/m.exec(stdout)!;
    expect(missing).toMatch(/^1, [345]-?5?$/);
    expect(await readVideo(join(folder, "renders/flight/video.mp4"))).toMatchObject({
      frames: Number(count),
    });
  });

  it("gives the very film of the render when everything is there, and needs frames", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    const nothing = await runAnimate(folder, [...QUIET, "--stitch"]);
    expect(nothing.exitCode).toBe(4);
    expect(nothing.stderr).toContain("expected finished frames to make a video of, found none");

    await runAnimate(folder, [...QUIET, "--frames", "2"]);
    const video = join(folder, "renders/flight/video.mp4");
    const rendered = await readFile(video);
    await rm(video);
    const { stdout } = await runAnimate(folder, [...QUIET, "--frames", "2", "--stitch", "--json"]);
    expect(JSON.parse(stdout.trim().split("\n").at(-1)!)).toMatchObject({
      type: "stitched",
      frames: 2,
      missing: [],
    });
    expect(await readFile(video)).toEqual(rendered);
  });
});
