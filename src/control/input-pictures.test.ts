import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { encodePng } from "../tensor/picture-file.ts";
import { locateVideoTools } from "../video/locate.ts";
import { openInputPictures, type InputRequest } from "./input-pictures.ts";

let folder: string;
let request: InputRequest;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-inputs-"));
  request = {
    input: "",
    baseFolder: folder,
    cacheFolder: join(folder, "run/inputs/controlnet-0"),
    size: { width: 16, height: 8 },
    fps: 5,
    frames: 20,
    setting: "controlnet.0.input",
  };
  const { ffmpeg } = await locateVideoTools();
  // Two seconds at 10 frames per second, each frame of another brightness.
  const video = ["-f", "lavfi", "-i", "color=black:s=32x32:r=10:d=2", "-vf", "geq=lum=20+10*N:cb=128:cr=128"];
  const lossless = ["-c:v", "libx264", "-qp", "0", "-y", join(folder, "clip.mp4")];
  await promisify(execFile)(ffmpeg.path, ["-v", "error", ...video, ...lossless]);
  await mkdir(join(folder, "pictures"));
  for (const n of [1, 2, 10]) {
    const data = new Uint8Array(3 * 64).fill(n);
    await writeFile(join(folder, `pictures/p${n}.png`), await encodePng({ width: 8, height: 8, data }));
  }
  await writeFile(join(folder, "pictures/notes.txt"), "no picture");
});
afterAll(async () => await rm(folder, { recursive: true }));

it.each([
  [{ nth: 1, from: 0, to: -1 }, 20, [0, 1, 19]],
  [{ nth: 3, from: 0, to: -1 }, 7, [0, 3, 18]],
  [{ nth: 3, from: 4, to: 12 }, 3, [6, 9, 12]],
  [{ nth: 0, from: 4, to: 12 }, 5, [4, 6, 12]],
])("takes pictures of a video by their number or between two of them: %j", async (select, count, numbers) => {
  const cacheFolder = join(folder, `selected/${select.nth}-${select.from}`);
  const pictures = (await openInputPictures({ ...request, cacheFolder, select, input: "clip.mp4" }))!;
  expect(pictures.count).toBe(count);
  const levelAt = async (frame: number): Promise<number> => (await pictures.readAt(frame)).data[0]!;
  const levels = [await levelAt(0), await levelAt(1), await levelAt(count - 1)];
  // A luma of 20 + 10 n is a gray of 255 (4 + 10 n) / 219.
  for (const [i, number] of numbers.entries()) {
    expect(Math.abs(levels[i]! - (255 * (4 + 10 * number)) / 219)).toBeLessThanOrEqual(2);
  }
});

it("takes a picture every fps-th part of a second from a video, covering the size", async () => {
  const pictures = (await openInputPictures({ ...request, input: "clip.mp4" }))!;
  const first = await pictures.readAt(0);
  expect(first).toMatchObject({ width: 16, height: 8 });
  const brightness = async (frame: number) => (await pictures.readAt(frame)).data[0]!;
  const steps = [];
  for (let frame = 1; frame < 10; frame++)
    steps.push((await brightness(frame)) - (await brightness(frame - 1)));
  // Two frames of the video, 20 levels of its luma, lie between two pictures; full range makes 23 of them.
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(21);
  expect(Math.max(...steps)).toBeLessThanOrEqual(26);
  expect(await pictures.hashAt(3)).toMatch(/^[0-9a-f]{64}$/);
  expect(await pictures.hashAt(3)).not.toBe(await pictures.hashAt(4));
  await expect(pictures.readAt(10)).rejects.toThrow("controlnet.0.input has 10 pictures, none for frame 10");
});

it("extracts a video once, and again for another speed", async () => {
  await openInputPictures({ ...request, input: "clip.mp4" });
  const picture = join(request.cacheFolder, "000000.png");
  await utimes(picture, 1, 1);
  await openInputPictures({ ...request, input: "clip.mp4" });
  expect((await stat(picture)).mtimeMs).toBe(1000);
  await openInputPictures({ ...request, input: "clip.mp4", fps: 2, frames: 3 });
  expect((await readdir(request.cacheFolder)).toSorted()).toEqual([
    "000000.png",
    "000001.png",
    "000002.png",
    "source.json",
  ]);
});

it("takes the pictures of a folder in the order of their numbers", async () => {
  const pictures = (await openInputPictures({ ...request, input: "pictures" }))!;
  const values = await Promise.all([0, 1, 2].map(async (frame) => (await pictures.readAt(frame)).data[0]));
  expect(values).toEqual([1, 2, 10]);
  await expect(pictures.hashAt(3)).rejects.toThrow("none for frame 3");
});

it("shows one picture at all frames, and none for `previous`", async () => {
  const pictures = (await openInputPictures({ ...request, input: "pictures/p10.png" }))!;
  expect((await pictures.readAt(99)).data[0]).toBe(10);
  expect(await pictures.hashAt(0)).toBe(await pictures.hashAt(99));
  expect(await openInputPictures({ ...request, input: "previous" })).toBeNull();
});

it("says what is wrong with the input", async () => {
  await mkdir(join(folder, "empty"));
  await writeFile(join(folder, "broken.mp4"), "no video");
  for (const [input, message] of [
    ["nowhere", "there is no such file or folder"],
    ["empty", "there are no pictures (PNG, JPEG, WebP) in the folder"],
    ["broken.mp4", "ffmpeg cannot read the video"],
  ] as const) {
    await expect(openInputPictures({ ...request, input })).rejects.toThrow(message);
  }
  expect(await readdir(join(folder, "run/inputs"))).toEqual(["controlnet-0"]);
});
