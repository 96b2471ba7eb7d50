/** Sound in films of real ffmpeg, counted sample by sample. */

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ByteImage } from "../tensor/image.ts";
import { openFilm } from "./film.ts";
import { locateVideoTools } from "./locate.ts";
import { readPackets } from "./packets.ts";
import { probeVideo } from "./probe.ts";
import { openSoundtrack } from "./soundtrack.ts";

const tools = await locateVideoTools();
const run = promisify(execFile);
const FRAMES = 25;

let folder: string;
let reads: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-sound-"));
  reads = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A tone of 44,100 samples a second in a WAV file. */
async function tone(name: string, seconds: number, hertz = 440): Promise<string> {
  const samples = Math.round(44_100 * seconds);
  const wav = Buffer.alloc(44 + 2 * samples);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + 2 * samples, 4);
  wav.write("WAVEfmt ", 8);
  for (const [at, value] of [
    [16, 16],
    [24, 44_100],
    [28, 88_200],
    [40, 2 * samples],
  ] as const)
    wav.writeUInt32LE(value, at);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    wav.writeUInt16LE(value, at);
  wav.write("data", 36);
  for (let i = 0; i < samples; i++)
    wav.writeInt16LE(Math.round(9000 * Math.sin((i * hertz * 2 * Math.PI) / 44_100)), 44 + 2 * i);
  const path = join(folder, name);
  await writeFile(path, wav);
  return path;
}

function picture(position: number): ByteImage {
  return { width: 32, height: 32, data: new Uint8Array(3 * 32 * 32).fill(position * 9) };
}

async function film(sound: string, format: "mp4" | "webm", fps = 10): Promise<string> {
  const path = join(folder, `video.${format}`);
  const opened = await openFilm({
    width: 32,
    height: 32,
    fps,
    crf: 20,
    preset: "ultrafast",
    threads: 1,
    path,
    segmentFolder: join(folder, "segments"),
    format,
    frames: FRAMES,
    segmentFrames: 10,
    metadata: { title: "with sound", settings: {} },
    soundtrack: await openSoundtrack(tools, format, sound),
  });
  for (let position = 0; position < FRAMES; position++) {
    const read = () => {
      reads++;
      return Promise.resolve(picture(position));
    };
    await opened.take({ position, identity: String(position), read });
  }
  await opened.finish();
  return path;
}

/** Decoded, at 48,000 samples a second. */
async function samplesOf(path: string): Promise<number> {
  const args = [
    "-v",
    "error",
    "-i",
    `file:${path}`,
    "-map",
    "0:a:0",
    "-ac",
    "1",
    "-ar",
    "48000",
    "-f",
    "s16le",
    "-",
  ];
  const { stdout } = await run(tools.ffmpeg.path, args, { encoding: "buffer", maxBuffer: 1e8 });
  return stdout.length / 2;
}

describe.each(["mp4", "webm"] as const)("the sound of a film in %s", (format) => {
  it.each([10, 23.976, 29.97002997])("is cut where the frames end, at %d frames a second", async (fps) => {
    const path = await film(await tone("long.wav", 9), format, fps);
    const samples = await samplesOf(path);
    expect(samples).toBeLessThanOrEqual((FRAMES / fps) * 48_000);
    expect(samples).toBeGreaterThan((FRAMES / fps) * 48_000 - 1_500);
    expect((await probeVideo(tools.ffprobe.path, path)).frames).toBe(FRAMES);
    expect((await readPackets(tools.ffmpeg.path, path)).packets.length).toBe(FRAMES);
  });

  it("may be shorter than the frames, which all stay", async () => {
    const path = await film(await tone("short.wav", 0.8), format);
    expect(await samplesOf(path)).toBeLessThan(48_000);
    expect((await probeVideo(tools.ffprobe.path, path)).frames).toBe(FRAMES);
  });

  it("can be changed without encoding a picture", async () => {
    await film(await tone("a.wav", 3), format);
    const files = await readdir(join(folder, "segments"));
    expect(reads).toBe(FRAMES);
    await film(await tone("b.wav", 3, 880), format);
    expect(reads).toBe(FRAMES);
    expect(await readdir(join(folder, "segments"))).toEqual(files);
  });
});

it("may come from a video", async () => {
  const source = await film(await tone("a.wav", 3), "mp4");
  expect(await samplesOf(await film(source, "webm"))).toBeGreaterThan(100_000);
});

describe("what is no sound", () => {
  it.each([
    ["a text", "hello\n"],
    ["an empty file", ""],
    ["a playlist", "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.wav\n"],
    ["a list of other files", "ffconcat version 1.0\nfile /etc/passwd\n"],
  ])("is refused: %s", async (_, text) => {
    const path = join(folder, "song.mp3");
    await writeFile(path, text);
    await expect(openSoundtrack(tools, "mp4", path)).rejects.toMatchObject({
      message: expect.stringContaining("expected a sound file"),
      where: path,
    });
  });

  it("is refused: nothing, a folder, and a video without sound", async () => {
    await expect(openSoundtrack(tools, "mp4", join(folder, "none.mp3"))).rejects.toThrow(
      "found no such file",
    );
    await mkdir(join(folder, "album"));
    await expect(openSoundtrack(tools, "mp4", join(folder, "album"))).rejects.toThrow("found something else");
    await film(await tone("a.wav", 1), "mp4");
    const [piece] = (await readdir(join(folder, "segments"))).filter((file) => file.endsWith(".mp4"));
    await expect(openSoundtrack(tools, "mp4", join(folder, "segments", piece!))).rejects.toThrow(
      "a file in which ffmpeg finds none",
    );
  });
});
