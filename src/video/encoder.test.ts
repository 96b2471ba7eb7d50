/** Videos written by the real ffmpeg, read back by ffprobe and pixel by pixel. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EncodeError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import type { ByteImage } from "../tensor/image.ts";
import { openVideo, type VideoOptions } from "./encoder.ts";
import { ENCODER_PRESETS } from "../settings/output-schema.ts";
import { locateVideoTools } from "./locate.ts";
import { probeVideo } from "./probe.ts";

const WIDTH = 72;
const HEIGHT = 40;
const run = promisify(execFile);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-video-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function options(format: VideoOptions["format"], changes: Partial<VideoOptions> = {}): VideoOptions {
  const path = join(folder, `video.${format}`);
  return {
    path,
    format,
    width: WIDTH,
    height: HEIGHT,
    fps: 15,
    crf: 17,
    preset: "fast",
    threads: 2,
    ...changes,
  };
}

/** A ramp that moves with the frame, and a square that tells the orientation. */
function frame(index: number): ByteImage {
  const data = new Uint8Array(3 * WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const inSquare = x < 16 && y < 16;
      const i = 3 * (y * WIDTH + x);
      data[i] = inSquare ? 230 : (x * 2 + index * 3) % 256;
      data[i + 1] = inSquare ? 30 : y * 4;
      data[i + 2] = inSquare ? 20 : 128;
    }
  }
  return { width: WIDTH, height: HEIGHT, data };
}

function solid(color: readonly [number, number, number]): ByteImage {
  const data = new Uint8Array(3 * WIDTH * HEIGHT).map((_, i) => color[i % 3]!);
  return { width: WIDTH, height: HEIGHT, data };
}

async function encode(video: VideoOptions, frames: readonly ByteImage[]) {
  const sink = await openVideo(video);
  for (const image of frames) await sink.write(image);
  return sink.finish();
}

const frames = (count: number) => Array.from({ length: count }, (_, index) => frame(index));

describe("a finished video", () => {
  it.each([
    ["mp4", "h264", "yuv420p"],
    ["webm", "vp9", "yuv420p"],
    ["gif", "gif", "bgra"],
  ] as const)(
    "%s holds every frame, and nothing else is left in the folder",
    async (format, codec, pixelFormat) => {
      const { ffprobe } = await locateVideoTools();
      const video = options(format);
      expect(await encode(video, frames(37))).toEqual({ path: video.path, frames: 37 });
      expect(await probeVideo(ffprobe.path, video.path)).toMatchObject({
        width: WIDTH,
        height: HEIGHT,
        frames: 37,
        codec,
        pixelFormat,
        fps: 15,
      });
      expect(await readdir(folder)).toEqual([`video.${format}`]);
    },
  );

  it.each(["mp4", "webm", "gif"] as const)(
    "%s keeps frames that do not change, and a single one",
    async (format) => {
      expect((await encode(options(format), Array(9).fill(frame(0)))).frames).toBe(9);
      expect((await encode(options(format), [frame(0)])).frames).toBe(1);
    },
  );

  it.each(ENCODER_PRESETS)("mp4 and webm take the preset %s", async (preset) => {
    for (const format of ["mp4", "webm"] as const) {
      expect((await encode(options(format, { preset }), frames(3))).frames).toBe(3);
    }
  });

  it("png makes no video: the sink counts, checks and writes no file", async () => {
    const sink = await openVideo(options("png"));
    await sink.write(frame(0));
    await expect(sink.write({ ...frame(0), width: 8 })).rejects.toThrow(EncodeError);
    expect(await sink.finish()).toEqual({ path: undefined, frames: 1 });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(["mp4", "webm"] as const)("%s shows the colors that went in, within 4 of 255", async (format) => {
    for (const color of [
      [230, 30, 20],
      [40, 90, 220],
      [128, 128, 128],
      [250, 215, 40],
    ] as const) {
      await encode(options(format, { crf: 4 }), [solid(color), solid(color)]);
      const { data } = await firstFrame(options(format).path);
      const worst = data.reduce((most, level, i) => Math.max(most, Math.abs(level - color[i % 3]!)), 0);
      expect(worst).toBeLessThanOrEqual(4);
    }
  });

  it("stands upright: the red square is top left", async () => {
    await encode(options("mp4"), frames(2));
    const { data } = await firstFrame(options("mp4").path);
    const pixel = (x: number, y: number) => data[3 * (y * WIDTH + x)]!;
    expect(pixel(4, 4)).toBeGreaterThan(200);
    expect(pixel(4, HEIGHT - 5)).toBeLessThan(60);
  });

  it.each(["mp4", "webm", "gif"] as const)(
    "%s is the same file, byte for byte, when made again",
    async (format) => {
      const metadata = { title: "twice", settings: { seed: 7 } };
      await encode(options(format, { metadata }), frames(20));
      const first = await readFile(options(format).path);
      await encode(options(format, { metadata }), frames(20));
      expect((await readFile(options(format).path)).equals(first)).toBe(true);
    },
  );

  it("replaces an older one only when it is whole", async () => {
    const video = options("mp4");
    await writeFile(video.path, "older");
    const sink = await openVideo(video);
    await sink.write(frame(0));
    expect(await readFile(video.path, "utf8")).toBe("older");
    await sink.finish();
    expect((await readFile(video.path)).toString("latin1", 4, 8)).toBe("ftyp");
  });

  it("has its index in front, so that it plays while it loads", async () => {
    await encode(options("mp4"), frames(5));
    const bytes = await readFile(options("mp4").path);
    expect(bytes.indexOf("moov")).toBeLessThan(bytes.indexOf("mdat"));
  });

  it("may have a hostile name", async () => {
    const names = ["-y.mp4", "http:evil.mp4", "a b'\"$(x);%d.mp4", "ünï.mp4"];
    for (const name of names) await encode(options("mp4", { path: join(folder, name) }), frames(2));
    expect((await readdir(folder)).toSorted()).toEqual(names.toSorted());
  });

  it("does not depend on what the caller does with a frame after writing it", async () => {
    await encode(options("mp4"), frames(12));
    const untouched = await readFile(options("mp4").path);
    const sink = await openVideo(options("mp4"));
    const shared = frame(0).data;
    for (let index = 0; index < 12; index++) {
      shared.set(frame(index).data);
      await sink.write({ width: WIDTH, height: HEIGHT, data: shared });
    }
    shared.fill(0);
    await sink.finish();
    expect((await readFile(options("mp4").path)).equals(untouched)).toBe(true);
  });
});

describe("metadata", () => {
  const settings = {
    name: "superman",
    motion: { zoom: "0:(1.02), 30:(15) = \"x\"; 'y' \\ # \n" },
    prompts: { 0: "ein Held über der Stadt, 英雄" },
    seed: 7,
  };

  it.each(["mp4", "webm"] as const)("%s carries the title and the settings as JSON", async (format) => {
    const title = "superman = 'flies'; över\u0000\u001b[31m the city";
    const { ffprobe } = await locateVideoTools();
    await encode(options(format, { metadata: { title, settings } }), frames(2));
    const { tags } = await probeVideo(ffprobe.path, options(format).path);
    expect(tags.get("title")).toBe("superman = 'flies'; över [31m the city");
    expect(JSON.parse(tags.get("comment")!)).toEqual(settings);
  });

  it("may be as large as one argument", async () => {
    const { ffprobe } = await locateVideoTools();
    const long = "x".repeat(LIMITS.video.metadataBytes - 2);
    await encode(options("mp4", { metadata: { title: "", settings: long } }), frames(1));
    expect(JSON.parse((await probeVideo(ffprobe.path, options("mp4").path)).tags.get("comment")!)).toBe(long);
    await expect(
      openVideo(options("mp4", { metadata: { title: "", settings: `${long}x` } })),
    ).rejects.toMatchObject({
      constructor: EncodeError,
      message: `the settings have ${LIMITS.video.metadataBytes + 1} bytes, a video takes at most ${LIMITS.video.metadataBytes}`,
    });
  });
});

describe("what a format cannot hold is refused before ffmpeg starts", () => {
  it.each([
    [{ format: "mp4", width: 71 }, "mp4 needs an even width and height, found 71x40"],
    [{ format: "webm", height: 39 }, "webm needs an even width and height, found 72x39"],
    [{ format: "gif", fps: 60 }, "gif plays at most 50 frames per second, found 60"],
    [{ format: "mp4", fps: Number.NaN }, "mp4 plays at most 1000 frames per second, found NaN"],
    [{ format: "mp4", crf: 52 }, "expected a crf of 0–51 for mp4, found 52"],
    [{ format: "webm", crf: -1 }, "expected a crf of 0–63 for webm, found -1"],
    [{ format: "mp4", threads: 0 }, "expected a whole number of encoder threads ≥ 1, found 0"],
    [{ format: "mp4", width: 0 }, "expected a picture size of 1–16384 pixels a side, found 0x40"],
  ] as const)("%o", async ({ format, ...changes }, message) => {
    await expect(openVideo(options(format, changes))).rejects.toMatchObject({
      constructor: EncodeError,
      message,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it("an ffmpeg without the encoder is named", async () => {
    const tools = await locateVideoTools();
    const poor = { ...tools, ffmpeg: { ...tools.ffmpeg, encoders: new Set(["gif"]) } };
    await expect(openVideo(options("mp4", { tools: poor }))).rejects.toMatchObject({
      message: "this ffmpeg cannot write mp4: it has no encoder libx264",
      where: tools.ffmpeg.path,
    });
  });
});

describe("wrong use", () => {
  it("a frame of another size is refused by number, and the video goes on", async () => {
    const sink = await openVideo(options("mp4"));
    await sink.write(frame(0));
    await expect(sink.write({ width: 8, height: 8, data: new Uint8Array(192) })).rejects.toMatchObject({
      message: "expected an RGB frame of 72x40, found 8x8 with 192 bytes",
      where: "frame 1",
    });
    await expect(sink.write({ ...frame(0), data: new Uint8Array(7) })).rejects.toThrow(EncodeError);
    await sink.write(frame(1));
    expect((await sink.finish()).frames).toBe(2);
  });

  it("a video without frames, and frames after the end, are errors", async () => {
    const empty = await openVideo(options("mp4"));
    await expect(empty.finish()).rejects.toThrow("a video needs at least one frame");
    const sink = await openVideo(options("mp4"));
    await sink.write(frame(0));
    await sink.finish();
    await expect(sink.write(frame(1))).rejects.toThrow("the video is closed");
    await expect(sink.finish()).rejects.toThrow("the video is closed");
    await sink.abort();
    expect(await readdir(folder)).toEqual(["video.mp4"]);
  });

  it("a folder that does not exist is ffmpeg's error, with its last words and the command", async () => {
    const sink = await openVideo(options("mp4", { path: join(folder, "missing", "video.mp4") }));
    const work = (async () => {
      for (let index = 0; index < 50; index++) await sink.write(frame(index));
      await sink.finish();
    })();
    await expect(work).rejects.toMatchObject({
      constructor: EncodeError,
      message: expect.stringMatching(/No such file or directory[\s\S]*command: .*-c:v libx264 .*missing/),
    });
    await sink.abort();
  });
});

it("abort leaves nothing, in any state", async () => {
  for (const written of [0, 1, 30]) {
    const sink = await openVideo(options("mp4"));
    for (let index = 0; index < written; index++) await sink.write(frame(index));
    await sink.abort();
    await sink.abort();
    expect(await readdir(folder)).toEqual([]);
  }
});

async function firstFrame(path: string): Promise<ByteImage> {
  const { ffmpeg } = await locateVideoTools();
  const still = join(folder, "still.png");
  await run(ffmpeg.path, [
    "-v",
    "error",
    "-y",
    "-i",
    `file:${path}`,
    "-frames:v",
    "1",
    "-pix_fmt",
    "rgb24",
    still,
  ]);
  const image = await readPngBytes(still);
  await rm(still);
  return image;
}
