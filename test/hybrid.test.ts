import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readManifest, runAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";

const VIDEO = new URL("fixtures/deforum/loop/video/", import.meta.url).pathname;
const ARGS = ["-s", "flight.yaml", "--frames", "4", "--format", "png", "--set", "thumbnails.count=0"];

it("follows a video, and renders anew from the frame whose picture has changed", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "video"));
  for (let i = 0; i < 4; i++) {
    await copyFile(`${VIDEO}video_${i}.png`, join(folder, `video/${i}.png`));
  }
  await writeSchedule(
    folder,
    "hybrid: { video: video, motion: affine, composite: normal }\nflow: { redo: dis_medium }",
  );
  expect(await runAnimate(folder, ARGS)).toMatchObject({ stderr: "", exitCode: 0 });
  const run = join(folder, "renders/flight");
  const first = await readFile(join(run, "frames/000002.png"));

  await copyFile(`${VIDEO}video_9.png`, join(folder, "video/2.png"));
  expect((await runAnimate(folder, ARGS)).exitCode).toBe(0);
  const { frames } = await readManifest(run);
  expect(frames.map(({ status }) => status)).toEqual(["reused", "reused", "rendered", "rendered"]);
  expect(await readFile(join(run, "frames/000002.png"))).not.toEqual(first);
});

it("says before the first frame that the video is too short", async () => {
  const folder = await temporaryFolder();
  await writeSchedule(folder, `hybrid: { video: ${VIDEO}, motion: optical_flow }`);
  expect(await runAnimate(folder, ["-s", "flight.yaml", "--frames", "11"])).toMatchObject({
    exitCode: 4,
    stderr: expect.stringContaining("hybrid.video has 10 pictures, none for frame 10"),
  });
});
