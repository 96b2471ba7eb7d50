import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { encodePng } from "../src/tensor/picture-file.ts";
import { locateVideoTools } from "../src/video/locate.ts";
import { readFrames, readManifest, runAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";

const CONTROLNET = fileURLToPath(new URL("fixtures/tiny-controlnet", import.meta.url));
const TINY_DEPTH = fileURLToPath(new URL("fixtures/picture-networks/tiny-depth", import.meta.url));
const MOVING = fileURLToPath(new URL("fixtures/flow-edges", import.meta.url));
const ARGS = ["-s", "flight.yaml", "--frames", "4", "--format", "png", "--set", "thumbnails.count=0"];

/** A picture with an upright edge at the column. */
async function writePicture(path: string, column: number): Promise<void> {
  const data = Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) =>
    Math.floor(i / 3) % 64 < column ? 20 : 230,
  );
  await writeFile(path, await encodePng({ width: 64, height: 64, data }));
}

async function writePictures(folder: string): Promise<void> {
  await mkdir(join(folder, "dance"));
  for (const n of [0, 1, 2, 3]) await writePicture(join(folder, `dance/${n}.png`), 10 + 10 * n);
}

function unit(...lines: string[]): string {
  return ["controlnet:", `  - model: ${CONTROLNET}`, ...lines.map((line) => `    ${line}`)].join("\n");
}

describe("animate with a ControlNet", () => {
  it("follows the edges of a folder of pictures, reuses frames, and renders anew from a picture that changed", async () => {
    const folder = await temporaryFolder();
    await writePictures(folder);
    const schedule = await writeSchedule(folder, unit("input: dance", "preprocessor: canny", "weight: 1.5"));
    expect(await runAnimate(folder, ARGS)).toMatchObject({ stderr: "", exitCode: 0 });
    const run = join(folder, "renders/flight");
    const followed = await readFrames(run);
    expect(Object.keys(followed)).toHaveLength(4);

    expect((await runAnimate(folder, ARGS)).exitCode).toBe(0);
    expect((await readManifest(run)).frames.map(({ status }) => status)).toEqual(Array(4).fill("reused"));

    await writePicture(join(folder, "dance/2.png"), 50);
    expect((await runAnimate(folder, ARGS)).exitCode).toBe(0);
    expect((await readManifest(run)).frames.map(({ status }) => status)).toEqual([
      "reused",
      "reused",
      "rendered",
      "rendered",
    ]);
    const changed = await readFrames(run);
    expect(changed["000001.png"]).toEqual(followed["000001.png"]);
    expect(changed["000002.png"]).not.toEqual(followed["000002.png"]);

    await runAnimate(folder, ["-s", schedule, ...ARGS.slice(2), "--set", "controlnet=[]", "--out", "alone"]);
    expect((await readFrames(join(folder, "alone")))["000000.png"]).not.toEqual(followed["000000.png"]);
  });

  it("follows the outlines of what moves, and renders anew from the picture after which one changed", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "dance"));
    const show = (n: number, name: string) =>
      copyFile(join(MOVING, `${name}.png`), join(folder, `dance/${n}.png`));
    for (const n of [0, 1, 2, 3]) await show(n, n % 2 === 0 ? "before" : "after");
    await writeSchedule(folder, unit("input: dance", "preprocessor: flow_edges"));
    expect(await runAnimate(folder, ARGS)).toMatchObject({ stderr: "", exitCode: 0 });
    const run = join(folder, "renders/flight");
    const followed = await readFrames(run);
    // Now nothing moves up to frame 1.
    await show(1, "before");
    expect((await runAnimate(folder, ARGS)).exitCode).toBe(0);
    const statuses = (await readManifest(run)).frames.map(({ status }) => status);
    expect(statuses).toEqual(["reused", "rendered", "rendered", "rendered"]);
    expect((await readFrames(run))["000001.png"]).not.toEqual(followed["000001.png"]);
  });

  it("takes the pictures of a video, and the frame before, where each of them is asked for", async () => {
    const folder = await temporaryFolder();
    const { ffmpeg } = await locateVideoTools();
    const source = [
      "-f",
      "lavfi",
      "-i",
      "testsrc=size=96x64:rate=10:duration=1",
      "-y",
      join(folder, "clip.mp4"),
    ];
    await promisify(execFile)(ffmpeg.path, ["-v", "error", ...source]);
    const two = `  - { model: ${CONTROLNET}, preprocessor: luminance, weight: "0:(0), 2:(1)", end: 0.5 }`;
    await writeSchedule(folder, `${unit("input: clip.mp4", "preprocessor: tile")}\n${two}`);
    expect(await runAnimate(folder, ARGS)).toMatchObject({ stderr: "", exitCode: 0 });
    const run = join(folder, "renders/flight");
    expect(await readdir(join(run, "inputs/controlnet-0"))).toContain("000003.png");
    const first = await readFrames(run);
    expect(await runAnimate(folder, [...ARGS, "--force"])).toMatchObject({ exitCode: 0 });
    expect(await readFrames(run)).toEqual(first);
  });

  it("follows depth in 2D, renders anew by another depth network, and says so when there is none", async () => {
    const folder = await temporaryFolder();
    await writePictures(folder);
    await writeSchedule(folder, `mode: 2d\n${unit("input: dance", "preprocessor: depth")}`);
    const named = (network: string) => [...ARGS, "--set", `motion.depth.model=${network}`];
    expect(await runAnimate(folder, named("storybook-depth"))).toMatchObject({ stderr: "", exitCode: 0 });
    const run = join(folder, "renders/flight");
    const followed = await readFrames(run);
    expect((await readManifest(run)).depth).toBeNull();
    expect((await runAnimate(folder, named(TINY_DEPTH))).exitCode).toBe(0);
    expect((await readManifest(run)).frames.map(({ status }) => status)).toEqual(Array(4).fill("rendered"));
    expect((await readFrames(run))["000000.png"]).not.toEqual(followed["000000.png"]);
    expect(await runAnimate(folder, ARGS)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("no depth network belongs to this model"),
    });
  });

  it("says before the first frame what is missing", async () => {
    const folder = await temporaryFolder();
    await writePictures(folder);
    await writeSchedule(folder, "controlnet: [{ model: nowhere, input: dance }]");
    expect(await runAnimate(folder, ARGS)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("there is no such ControlNet"),
    });
    await writeSchedule(folder, unit("input: dance"));
    expect(await runAnimate(folder, ARGS.with(3, "5"))).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining("controlnet.0.input has 4 pictures, none for frame 4"),
    });
  });
});
