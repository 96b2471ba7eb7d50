/** What becomes of a video when ffmpeg stalls, dies, lies, or the disk is full: fake programs and a small file system. */
import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EncodeError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import { openVideo, type FrameSink, type VideoOptions } from "./encoder.ts";
import { locateVideoTools, type VideoTools } from "./locate.ts";

const real = await locateVideoTools();
let folder: string;
let programs: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-faults-"));
  programs = await mkdtemp(join(tmpdir(), "animate-programs-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(programs, { recursive: true, force: true });
});

const WIDTH = 320;
const HEIGHT = 240;

function frame(index: number): ByteImage {
  const data = new Uint8Array(3 * WIDTH * HEIGHT).map((_, i) => (i * 31 + index * 17) & 255);
  return { width: WIDTH, height: HEIGHT, data };
}

/** A program that answers questions about itself as ffmpeg does, and behaves as `body` says when it is to encode. */
async function fakeProgram(name: "ffmpeg" | "ffprobe", body: string): Promise<string> {
  const path = join(programs, name);
  await writeFile(
    path,
    `#!${process.execPath}
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const args = process.argv.slice(2);
const output = (args.at(-1) ?? "").replace(/^file:/, "");
const real = ${JSON.stringify(real[name].path)};
fs.writeFileSync(${JSON.stringify(join(programs, "pid"))}, String(process.pid));
if (args.length <= 2) process.exit(spawnSync(real, args, { stdio: "inherit" }).status);
${body}
`,
  );
  await chmod(path, 0o755);
  return path;
}

async function withFake(name: "ffmpeg" | "ffprobe", body: string): Promise<VideoTools> {
  return locateVideoTools({
    FFMPEG_PATH: real.ffmpeg.path,
    FFPROBE_PATH: real.ffprobe.path,
    [name === "ffmpeg" ? "FFMPEG_PATH" : "FFPROBE_PATH"]: await fakeProgram(name, body),
  });
}

function options(changes: Partial<VideoOptions>): VideoOptions {
  const path = join(folder, "video.mp4");
  const metadata = { title: "fault", settings: { long: "x".repeat(5000) } };
  const size = { width: WIDTH, height: HEIGHT, fps: 15 };
  return { path, format: "mp4", ...size, crf: 17, preset: "ultrafast", threads: 1, metadata, ...changes };
}

async function encode(video: VideoOptions, count = 20): Promise<unknown> {
  let sink: FrameSink | undefined;
  try {
    sink = await openVideo(video);
    for (let index = 0; index < count; index++) await sink.write(frame(index));
    return await sink.finish();
  } finally {
    await sink?.abort();
  }
}

async function failure(work: Promise<unknown>): Promise<EncodeError> {
  const error = await work.then(
    () => new Error("it worked"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof EncodeError) return error;
  throw error;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const lastPid = async () => Number(await readFile(join(programs, "pid"), "utf8"));

describe("ffmpeg", () => {
  it("that dies early is reported with its code, its last words and the command", async () => {
    const tools = await withFake(
      "ffmpeg",
      `for (let i = 0; i < 40; i++) console.error("line " + i);
       console.error("frame=   12 fps=0.0 q=0.0\\rthe codec burst");
       process.exit(7);`,
    );
    const error = await failure(encode(options({ tools })));
    expect(error.message).toMatch(/^ffmpeg exited with code 7\n/);
    expect(error.message).toContain("line 39\n    the codec burst");
    expect(error.message).not.toContain("line 20");
    expect(error.message).not.toContain("frame=");
    expect(error.message).toContain(`command: ${tools.ffmpeg.path} -hide_banner -nostdin`);
    expect(error.message.length).toBeLessThan(3000);
    expect(error.hint).toContain("animate doctor");
    expect(error.where).toBe(options({}).path);
    expect(await readdir(folder)).toEqual([]);
  });

  it("that is killed in the middle of a frame is an error of the frame being written", async () => {
    const tools = await withFake(
      "ffmpeg",
      `let seen = 0;
       process.stdin.on("data", (chunk) => { seen += chunk.length; if (seen > 300_000) process.kill(process.pid, "SIGKILL"); });`,
    );
    const error = await failure(encode(options({ tools }), 100));
    expect(error.message).toMatch(/ffmpeg was killed with signal SIGKILL[\s\S]*at frame \d+/);
  });

  it("that leaves with code 0 before all frames came is an error", async () => {
    const tools = await withFake("ffmpeg", `process.stdin.once("data", () => process.exit(0));`);
    const error = await failure(encode(options({ tools }), 100));
    expect(error.message).toContain("ffmpeg ended before it was given all frames");
    expect(await readdir(folder)).toEqual([]);
  });

  it("that drops frames and says nothing is caught by counting", async () => {
    const tools = await withFake(
      "ffmpeg",
      `const chunks = [];
       process.stdin.on("data", (chunk) => chunks.push(chunk));
       process.stdin.on("end", () => {
         const input = Buffer.concat(chunks).subarray(0, 17 * ${3 * WIDTH * HEIGHT});
         process.exit(spawnSync(real, args, { input, stdio: ["pipe", "ignore", "ignore"] }).status);
       });`,
    );
    const error = await failure(encode(options({ tools }), 20));
    expect(error.message).toMatch(/^expected 20 frames in the video, found 17\n/);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ["garbage", `fs.writeFileSync(output, Buffer.alloc(50_000, 7));`],
    ["an empty file", `fs.writeFileSync(output, "");`],
    ["no file", ``],
  ])("that writes %s and claims success is caught by decoding", async (_, write) => {
    const tools = await withFake("ffmpeg", `process.stdin.on("end", () => { ${write} }).resume();`);
    const error = await failure(encode(options({ tools })));
    expect(error.message).toMatch(/^ffprobe (cannot read the video|found no video)/);
    expect(await readdir(folder)).toEqual([]);
  });

  it("that hangs while frames are written is stopped and reported", async () => {
    const tools = await withFake("ffmpeg", `console.error("thinking"); setInterval(() => {}, 1000);`);
    const error = await failure(encode(options({ tools, stallSeconds: 2 }), 100));
    expect(error.message).toMatch(/^ffmpeg showed no sign of life for 2 s[\s\S]*thinking/);
    expect(isAlive(await lastPid())).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });

  it("that hangs after the last frame, deaf to SIGTERM, is killed and reported", async () => {
    const tools = await withFake(
      "ffmpeg",
      `process.on("SIGTERM", () => {}); fs.writeFileSync(output, "half"); process.stdin.resume(); setInterval(() => {}, 1000);`,
    );
    const error = await failure(encode(options({ tools, stallSeconds: 2 }), 3));
    expect(error.message).toMatch(/^ffmpeg showed no sign of life/);
    expect(isAlive(await lastPid())).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });

  it("that is slow but speaks is left alone", async () => {
    const tools = await withFake(
      "ffmpeg",
      `const speak = setInterval(() => console.error("still here"), 100);
       const chunks = [];
       process.stdin.on("data", (chunk) => chunks.push(chunk));
       process.stdin.on("end", () => setTimeout(() => {
         clearInterval(speak);
         process.exit(spawnSync(real, args, { input: Buffer.concat(chunks), stdio: ["pipe", "ignore", "ignore"] }).status);
       }, 1500));`,
    );
    expect(await encode(options({ tools, stallSeconds: 1 }), 3)).toMatchObject({ frames: 3 });
  });

  it.skipIf(process.platform !== "linux")(
    "is not touched by a Ctrl-C in our terminal: it has a process group of its own (read from /proc, Linux only)",
    async () => {
      const tools = await withFake("ffmpeg", `process.stdin.resume(); fs.writeFileSync(output, "begun");`);
      const sink = await openVideo(options({ tools }));
      await expect.poll(async () => (await readdir(folder)).length, { timeout: 10_000 }).toBe(1);
      const pid = await lastPid();
      const [, group] = /\) . \d+ (\d+)/.exec(await readFile(`/proc/${pid}/stat`, "utf8"))!;
      expect(Number(group)).toBe(pid);
      await sink.abort();
      expect(isAlive(pid)).toBe(false);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it("that vanished since it was found is reported", async () => {
    const tools = await withFake("ffmpeg", ``);
    await rm(tools.ffmpeg.path);
    const error = await failure(encode(options({ tools })));
    expect(error.message).toContain("ENOENT");
  });
});

describe("ffprobe", () => {
  it.each([
    ["fails", `process.exit(1);`],
    ["answers nonsense", `console.log("{]");`],
    ["answers something else", `console.log('{"streams": [{"nb_read_frames": "N/A"}]}');`],
  ])("that %s leaves no unverified video behind", async (_, body) => {
    const tools = await withFake("ffprobe", body);
    const error = await failure(encode(options({ tools }), 3));
    expect(error.message).toMatch(/^ffprobe/);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("a full disk", () => {
  const mounted = canMount();
  const title = mounted.ok ? "" : ` (skipped: no right to mount a tmpfs here: ${mounted.reason})`;

  it.skipIf(!mounted.ok)(`is named, and nothing is left on it${title}`, async () => {
    for (const format of ["mp4", "webm", "gif"] as const) {
      const disk = join(programs, `disk-${format}`);
      await mkdir(disk);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]);
      try {
        const video = options({ path: join(disk, `video.${format}`), format, tools: real, crf: 1, fps: 15 });
        const error = await failure(encode(video, 60));
        expect(error.message).toContain("the disk is full");
        expect(error.hint).toContain("free space");
        expect(await readdir(disk)).toEqual([]);
      } finally {
        execFileSync("umount", ["-l", disk]);
      }
    }
  });
});

function canMount(): { ok: boolean; reason: string } {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", "/mnt"], { stdio: "pipe" });
    execFileSync("umount", ["/mnt"], { stdio: "pipe" });
    return { ok: true, reason: "" };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message.split("\n", 1)[0]! : String(error) };
  }
}
