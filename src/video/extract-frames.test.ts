/** Pictures of a video by number: each once, whatever the speed and the kind of the video. */

import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeVideo } from "../../test/support/make-video.ts";
import { extractFrames } from "./extract-frames.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-test-"));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

it.each([
  { video: "slow.gif", fps: 10, nth: 1, pictures: 30 },
  { video: "slow.gif", fps: 10, nth: 3, pictures: 10 },
  { video: "fast.gif", fps: 50, nth: 2, pictures: 75 },
  { video: "slow.mp4", fps: 2, nth: 1, pictures: 6 },
  { video: "fast.mp4", fps: 60, nth: 4, pictures: 45 },
])("takes each picture once: $video, $fps per second, one of $nth", async (row) => {
  const { video, fps, nth, pictures } = row;
  await makeVideo(folder, ["-f", "lavfi", "-i", `testsrc2=s=160x90:r=${fps}:d=3`, video]);
  const files = await extractFrames({
    path: join(folder, video),
    folder: join(folder, `${video}-${nth}`),
    width: 160,
    height: 90,
    fps: 15,
    frames: 1000,
    select: { nth, from: 0, to: -1 },
  });
  const distinct = new Set(await Promise.all(files.map((file) => readFile(file, "base64"))));
  expect([files.length, distinct.size]).toEqual([pictures, pictures]);
});

it("extracts once, and clears away what a killed process had begun, also when the pictures are there", async () => {
  await makeVideo(folder, ["-f", "lavfi", "-i", "testsrc2=s=64x64:r=5:d=1", "once.mp4"]);
  const job = {
    path: join(folder, "once.mp4"),
    folder: join(folder, "inputs/once"),
    width: 64,
    height: 64,
    fps: 5,
    frames: 5,
  };
  const [first] = await extractFrames(job);
  const { ino } = await stat(first!);
  const begun = join(folder, "inputs/.once.0123456789ab.partial");
  await mkdir(begun);
  await writeFile(join(begun, "000000.png"), "half of one");
  await extractFrames(job);
  expect((await stat(first!)).ino).toBe(ino);
  await expect(stat(begun)).rejects.toThrow("ENOENT");
});
