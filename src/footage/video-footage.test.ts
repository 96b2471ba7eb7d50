/** The frame that is had at full size is the frame that was scored, at its own time and as it is shown, whatever the video. */

import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeVideo } from "../../test/support/make-video.ts";
import { commandsNaming } from "../../test/support/running-commands.ts";
import { measureCombing } from "../scoring/combing.ts";
import type { ByteImage } from "../tensor/image.ts";
import type { Footage, FootageFrame } from "./footage.ts";
import { openFootage } from "./open-footage.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-test-"));
  // In motion everywhere, so that neighbors differ.
  const noise = "testsrc2=s=360x200:r=24:d=1,noise=alls=6:allf=t:all_seed=7";
  await makeVideo(folder, ["-f", "lavfi", "-i", noise, "-c:v", "ffv1", "-pix_fmt", "yuv420p", "moving.mkv"]);
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** 24 frames of 360 × 200. */
const MOVING = ["-i", "moving.mkv"];
const X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "26", "-pix_fmt", "yuv420p", "-g", "10"];

const MPEG2 = ["-c:v", "mpeg2video", "-q:v", "2"];
const X265 = ["-c:v", "libx265", "-pix_fmt", "yuv420p10le"];
const lavfi = (source: string) => ["-f", "lavfi", "-i", source];

async function open(file: string, args: readonly string[], rotate = 0): Promise<Footage> {
  await makeVideo(folder, [...args, file]);
  if (rotate !== 0) {
    // Kept only where the stream is copied.
    const turn = ["-c", "copy", "-metadata:s:v", `rotate=${rotate}`];
    await makeVideo(folder, ["-i", file, ...turn, `turned-${file}`]);
    await rename(join(folder, `turned-${file}`), join(folder, file));
  }
  return openFootage(join(folder, file));
}

async function readAll(footage: Footage): Promise<FootageFrame[]> {
  const frames: FootageFrame[] = [];
  for await (const frame of footage.frames()) frames.push(frame);
  return frames;
}

/** All frames as ffmpeg gives them when it is asked for nothing but pictures, of the size that it chooses. */
async function extract(file: string, size: Pick<ByteImage, "width" | "height">): Promise<ByteImage[]> {
  await makeVideo(folder, ["-i", file, "-vsync", "0", "-pix_fmt", "rgb24", "-f", "rawvideo", `${file}.raw`]);
  const bytes = await readFile(join(folder, `${file}.raw`));
  const length = 3 * size.width * size.height;
  return Array.from({ length: bytes.length / length }, (_, frame) => ({
    width: size.width,
    height: size.height,
    data: bytes.subarray(frame * length, (frame + 1) * length),
  }));
}

function difference(a: ByteImage, b: ByteImage): number {
  expect([b.width, b.height]).toEqual([a.width, a.height]);
  let sum = 0;
  for (let i = 0; i < a.data.length; i += 5) sum += Math.abs(a.data[i]! - b.data[i]!);
  return (5 * sum) / a.data.length;
}

describe("still", () => {
  it.each([
    { name: "B-frames", file: "b.mp4", args: [...X264, "-bf", "3"] },
    {
      name: "open groups of pictures",
      file: "open.mkv",
      args: [...X264, "-bf", "3", "-x264-params", "open-gop=1"],
    },
    {
      name: "a varying frame rate",
      file: "vfr.mkv",
      args: [
        "-vf",
        "settb=1/48,setpts=(N+0.5*mod(N\\,3)+15*gt(N\\,15))/(24*TB)",
        "-vsync",
        "vfr",
        "-r",
        "48",
        ...X264,
      ],
    },
    {
      name: "a beginning that is not at 0",
      file: "late.mp4",
      args: [...X264, "-output_ts_offset", "37.3"],
    },
    { name: "no times at all", file: "raw.h264", args: [...X264, "-bf", "2"] },
    { name: "a transport stream around it", file: "broadcast.ts", args: [...X264, "-bf", "2"] },
    {
      name: "VP9",
      file: "vp9.webm",
      args: ["-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime"],
    },
    { name: "a palette", file: "palette.gif", args: ["-r", "10"] },
    { name: "ProRes of 10 bits", file: "ten.mov", args: ["-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"] },
    { name: "pictures in AVI", file: "pictures.avi", args: ["-c:v", "mjpeg", "-q:v", "2"] },
    { name: "a quarter turn, as phones film", file: "turned.mp4", args: X264, rotate: 90 },
    { name: "a half turn", file: "upside-down.mp4", args: X264, rotate: 180 },
    { name: "three quarter turns", file: "back.mp4", args: X264, rotate: 270 },
  ])("gives the frame that was scored of a video with $name", async ({ file, args, rotate = 0 }) => {
    const footage = await open(file, [...MOVING, ...args], rotate);
    const frames = await readAll(footage);
    const expected = await extract(file, footage);
    expect(frames).toHaveLength(expected.length);
    const last = frames.length - 1;
    for (const frame of [1, Math.round(last * 0.7), last]) {
      const still = await footage.still(frames[frame]!);
      const own = difference(still, expected[frame]!);
      const neighbors = [frame - 1, frame + 1].filter((other) => other >= 0 && other <= last);
      for (const other of neighbors) expect(own).toBeLessThan(difference(still, expected[other]!) / 2);
    }
  });

  it("shows pixels that are not square as squares", async () => {
    const wide = await open("anamorphic.mp4", [...MOVING, "-vf", "setsar=4/3", ...X264]);
    const [first] = await readAll(wide);
    expect(wide).toMatchObject({ width: 480, height: 200 });
    expect(first!.image).toMatchObject({ width: 320, height: 133 });
    expect(await wide.still(first!)).toMatchObject({ width: 480, height: 200 });
  });

  it("is deinterlaced where the video says that it has fields", async () => {
    const fields = ["-vf", "tinterlace=interleave_top,setfield=tff", "-flags", "+ilme+ildct", "-top", "1"];
    const footage = await open("fields.mpg", [...lavfi("testsrc2=s=400x240:r=48:d=1"), ...fields, ...MPEG2]);
    const frames = await readAll(footage);
    const combed = (await extract("fields.mpg", footage))[12]!;
    const still = await footage.still(frames[12]!);
    expect(measureCombing(still)).toBeLessThan(measureCombing(combed) / 3);
  });
});

describe("frames", () => {
  it("have the times at which they are shown, also with a varying rate", async () => {
    const irregular = [
      "-vf",
      "settb=1/48,setpts=(N+0.5*mod(N\\,2)+12*gt(N\\,15))/(24*TB)",
      "-vsync",
      "vfr",
      "-r",
      "48",
    ];
    const footage = await open("times.mkv", [...MOVING, ...irregular, ...X264]);
    const frames = await readAll(footage);
    expect(frames).toHaveLength(24);
    for (const { frame, timeSeconds } of frames) {
      const expected = (frame + 0.5 * (frame % 2) + (frame > 15 ? 12 : 0)) / 24;
      // Matroska counts in milliseconds.
      expect(Math.abs(timeSeconds - expected)).toBeLessThan(0.0011);
    }
  });

  it("are at most 320 pixels wide or high, and never enlarged", async () => {
    const small = await open("small.gif", ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=5:d=1"]);
    expect((await readAll(small))[0]!.image).toMatchObject({ width: 64, height: 48 });
    const upright = await open("upright.mp4", [...MOVING, ...X264], 90);
    expect((await readAll(upright))[0]!.image).toMatchObject({ width: 178, height: 320 });
  });

  it.each([
    { transfer: "smpte2084", gray: 0x94 },
    { transfer: "arib-std-b67", gray: 0xbf },
  ])("of HDR ($transfer) show its diffuse white as light as SDR shows it", async ({ transfer, gray }) => {
    const color = `0x${gray.toString(16).repeat(3)}`;
    const tags = `colorprim=bt2020:transfer=${transfer}:colormatrix=bt2020nc:log-level=none`;
    const footage = await open(`${transfer}.mp4`, [
      ...lavfi(`color=${color}:s=64x64:r=5:d=1`),
      ...X265,
      "-x265-params",
      tags,
    ]);
    const [first] = await readAll(footage);
    const still = await footage.still(first!);
    expect(footage.warnings).toEqual([]);
    // 203 of the 1000 cd/m² that it was graded to.
    expect(still.data[0]).toBeGreaterThan(200);
    expect(still.data[0]).toBeLessThan(225);
    expect(Math.abs(first!.image.data[0]! - still.data[0]!)).toBeLessThan(4);
  });

  it("end their ffmpeg when nobody takes them any more", async () => {
    const footage = await open("long.mp4", [...MOVING, ...X264]);
    for await (const { frame } of footage.frames()) if (frame === 2) break;
    expect(await commandsNaming(join(folder, "long.mp4"))).toEqual([]);
  });
});
