import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readPngText } from "../src/tensor/png-text.ts";
import { readFrames, readManifest, runAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";
import { cutLine, flipBit } from "./support/damage.ts";
import { interrupt } from "./support/interrupt.ts";
import { readVideo } from "./support/read-video.ts";

describe("animate --schedule", () => {
  it("renders a schedule to frames, a verified video, stills, a contact sheet and a manifest", async () => {
    const folder = await temporaryFolder();
    const schedule = await writeSchedule(folder);
    const { exitCode, stdout, stderr } = await runAnimate(folder, ["--schedule", schedule]);
    // The model of the tests has random weights.
    expect(stderr).toBe(
      "warning: no frame is worth a still: of 6 frames 6 noise; the 3 stills are the least bad\n",
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^flight: 6 frames rendered in \d+ s, [\d.]+ s\/frame\n/);

    const runFolder = join(folder, "renders/flight");
    expect(Object.keys(await readFrames(runFolder))).toEqual(
      [0, 1, 2, 3, 4, 5].map((frame) => `00000${frame}.png`),
    );
    const video = await readVideo(join(runFolder, "video.mp4"));
    expect(video).toMatchObject({ frames: 6, width: 64 });
    expect(JSON.parse(video.comment).settings).toMatchObject({ seed: 7, sampler: "euler_a" });
    const manifest = await readManifest(runFolder);
    expect(manifest.status).toBe("complete");
    expect(manifest.frames.map(({ status }) => status)).toEqual(Array(6).fill("rendered"));
    expect(await readFile(join(runFolder, "schedule.yaml"), "utf8")).toContain("a city at night");
    for (const { file } of manifest.thumbnails as { file: string }[]) {
      expect(await sharp(file).metadata()).toMatchObject({ format: "jpeg", width: 1280, height: 720 });
    }
    expect((await sharp(join(runFolder, "contact-sheet.jpg")).metadata()).format).toBe("jpeg");
  });

  it("keeps the recipe inside each frame", async () => {
    const folder = await temporaryFolder();
    await runAnimate(folder, ["-s", await writeSchedule(folder), "--frames", "2"]);
    const png = await readFile(join(folder, "renders/flight/frames/000001.png"));
    const texts = Object.fromEntries(readPngText(png).map(({ keyword, text }) => [keyword, text]));
    expect(texts["parameters"]).toMatch(
      /^a hero\nNegative prompt: \nSteps: 4, Sampler: Euler a, CFG scale: 7, Seed: 8/,
    );
    expect(JSON.parse(texts["animate"]!)).toMatchObject({ plan: { frame: 1, seed: 8 } });
  });

  it("renders several schedules, and one that is broken does not stop the rest", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    await writeFile(join(folder, "broken.yaml"), "framez: 3\n");
    const args = ["--schedule", "broken.yaml", "flight.yaml", "--frames", "1", "--format", "png"];
    const { exitCode, stdout, stderr } = await runAnimate(folder, args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("broken.yaml:1:1 framez: ");
    expect(stdout).toContain("flight: 1 frames rendered");
  });

  it.each(["webm", "gif", "png"])("writes --format %s", async (format) => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    const { exitCode } = await runAnimate(folder, ["-s", "flight.yaml", "--frames", "3", "--format", format]);
    expect(exitCode).toBe(0);
    const files = await readdir(join(folder, "renders/flight"));
    expect(files.filter((file) => file.startsWith("video"))).toEqual(
      format === "png" ? [] : [`video.${format}`],
    );
  });

  it("tells programs about its progress as NDJSON", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    const { stdout } = await runAnimate(folder, ["-s", "flight.yaml", "--frames", "2", "--json"]);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    const types = events.map(({ type }) => type).filter((type) => type !== "step");
    expect(types.filter((type) => type !== "warning")).toEqual([
      "loading",
      "start",
      "frame",
      "frame",
      "finishing",
      "finishing",
      "done",
    ]);
    expect(stdout.length).toBeLessThan(10_000);
    expect(events.find(({ type }) => type === "frame")).toMatchObject({
      frame: 0,
      etaSeconds: expect.any(Number),
    });
  });

  it("starts from a picture when init.image names one", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder, "init: { image: start.png, strength: 1 }");
    const orange = { create: { width: 100, height: 80, channels: 3 as const, background: "#ff8800" } };
    await sharp(orange).png().toFile(join(folder, "start.png"));
    const { exitCode } = await runAnimate(folder, ["-s", "flight.yaml", "--frames", "1"]);
    expect(exitCode).toBe(0);
    await sharp(orange).negate().png().toFile(join(folder, "start.png"));
    const first = await readFrames(join(folder, "renders/flight"));
    await runAnimate(folder, ["-s", "flight.yaml", "--frames", "1"]);
    expect(await readFrames(join(folder, "renders/flight"))).not.toEqual(first);
  });
});

describe("resume", () => {
  it("gives the same bytes after Ctrl-C as without, and says how to continue", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder, "cadence: 2");
    await runAnimate(folder, ["-s", "flight.yaml", "--out", "whole"]);

    const args = ["-s", "flight.yaml", "--out", "parts"];
    const stopped = await interrupt(folder, args, '"type":"frame","frame":2', "SIGINT");
    expect(stopped.exitCode).toBe(130);
    expect(stopped.stdout).toContain('"type":"stopped"');
    expect((await readManifest(join(folder, "parts"))).status).toBe("stopped");

    const { exitCode, stdout } = await runAnimate(folder, [...args, "--resume"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\([1-5] were there already\)/);
    expect(await readFrames(join(folder, "parts"))).toEqual(await readFrames(join(folder, "whole")));
    expect(await readFile(join(folder, "parts/video.mp4"))).toEqual(
      await readFile(join(folder, "whole/video.mp4")),
    );
  });

  it("renders again what was damaged, and nothing else", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    await runAnimate(folder, ["-s", "flight.yaml"]);
    const runFolder = join(folder, "renders/flight");
    const good = await readFrames(runFolder);
    const video = await readFile(join(runFolder, "video.mp4"));
    await flipBit(join(runFolder, "frames/000001.png"));
    await rm(join(runFolder, "frames/000003.png"));
    await cutLine(join(runFolder, "journal.ndjson"), 4);
    const { stdout } = await runAnimate(folder, ["-s", "flight.yaml", "--resume"]);
    expect(stdout).toContain("3 frames rendered (3 were there already)");
    expect(await readFrames(runFolder)).toEqual(good);
    expect(await readFile(join(runFolder, "video.mp4"))).toEqual(video);
    const { frames } = await readManifest(runFolder);
    expect(frames.flatMap(({ frame, status }) => (status === "rendered" ? [frame] : []))).toEqual([1, 3, 4]);
  });

  it("renders only what follows an edited keyframe", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    await runAnimate(folder, ["-s", "flight.yaml"]);
    const before = await readFrames(join(folder, "renders/flight"));
    await runAnimate(folder, ["-s", "flight.yaml", "--set", "prompts.4=a dragon"]);
    const after = await readFrames(join(folder, "renders/flight"));
    const { frames } = await readManifest(join(folder, "renders/flight"));
    expect(frames.filter(({ status }) => status === "reused")).toHaveLength(4);
    expect(Object.keys(after).filter((file) => after[file] === before[file])).toHaveLength(4);
  });

  it("keeps the tail of a longer run when a shorter one of the same schedule is rendered", async () => {
    const folder = await temporaryFolder();
    // No ramp to a key beyond the shorter run: it would end elsewhere.
    await writeSchedule(folder);
    const steady = ["-s", "flight.yaml", "--set", "motion={rotation_3d_z: 1}"];
    await runAnimate(folder, steady);
    const { exitCode } = await runAnimate(folder, [...steady, "--frames", "4"]);
    expect(exitCode).toBe(0);
    const { stdout } = await runAnimate(folder, steady);
    expect(stdout).toContain("0 frames rendered (6 were there already)");
  });

  it("fails with --resume when there is nothing to continue", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    const { exitCode, stderr } = await runAnimate(folder, ["-s", "flight.yaml", "--resume"]);
    expect(exitCode).toBe(4);
    expect(stderr).toContain("expected finished frames to continue from, found none");
  });

  it("keeps a drawn seed, so that the same command continues", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder);
    const args = ["-s", "flight.yaml", "--seed", "-1", "--frames"];
    await runAnimate(folder, [...args, "1"]);
    const { settings } = await readManifest(join(folder, "renders/flight"));
    expect(settings.seed).toBeGreaterThanOrEqual(0);
    await runAnimate(folder, [...args, "2"]);
    const second = await readManifest(join(folder, "renders/flight"));
    expect(second.settings.seed).toBe(settings.seed);
  });
});
