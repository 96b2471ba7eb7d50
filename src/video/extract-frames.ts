/** A video as a folder of pictures, at the speed and size of a render. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { EncodeError, FileError } from "../errors.ts";
import { temporaryPath } from "../files.ts";
import { locateVideoTools } from "./locate.ts";

export interface ExtractionJob {
  /** The video. */
  readonly path: string;
  /** Where the pictures go: `000000.png`, `000001.png` … */
  readonly folder: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** At most as many pictures. */
  readonly frames: number;
}

/** Beside the pictures: what they were made of, so that they are made once. */
const SOURCE_FILE = "source.json";
/** Fewer frames per second than any machine decodes; the limit only has to catch a program that hangs. */
const SLOWEST_FRAMES_PER_SECOND = 2;
const START_LIMIT_MS = 60_000;

const run = promisify(execFile);

/**
 * Extracts the pictures unless they are there already: picture n shows the video at n / fps seconds, enlarged or reduced until it covers the
 * size, the overhang cropped evenly. The folder is either whole or absent.
 *
 * @returns paths of the pictures, in order; fewer than asked for when the video is shorter
 * @throws FileError when there is no such file, EncodeError when ffmpeg cannot read it
 */
export async function extractFrames(job: ExtractionJob): Promise<string[]> {
  const { path, folder, width, height, fps, frames } = job;
  const { ffmpeg } = await locateVideoTools();
  const source = JSON.stringify({
    video: await hashVideo(path),
    width,
    height,
    fps,
    frames,
    ffmpeg: ffmpeg.version,
  });
  if ((await readFile(join(folder, SOURCE_FILE), "utf8").catch(() => "")) !== source) {
    await mkdir(dirname(folder), { recursive: true });
    const unfinished = temporaryPath(folder);
    try {
      await mkdir(unfinished);
      await runFfmpeg(ffmpeg.path, job, unfinished);
      await writeFile(join(unfinished, SOURCE_FILE), source);
      await rm(folder, { recursive: true, force: true });
      await rename(unfinished, folder);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  const names = (await readdir(folder)).filter((name) => name.endsWith(".png")).toSorted();
  return names.map((name) => join(folder, name));
}

async function runFfmpeg(program: string, job: ExtractionJob, folder: string): Promise<void> {
  const { path, width, height, fps, frames } = job;
  const cover = `scale=${width}:${height}:force_original_aspect_ratio=increase:flags=lanczos+accurate_rnd+full_chroma_int`;
  const args = [
    ["-v", "error", "-nostdin", "-protocol_whitelist", "file", "-i", `file:${path}`],
    ["-map", "0:v:0", "-vf", `fps=${fps},${cover},crop=${width}:${height},format=rgb24`],
    ["-frames:v", String(frames), "-start_number", "0", "-f", "image2", `file:${join(folder, "%06d.png")}`],
  ].flat();
  const timeout = START_LIMIT_MS + (1000 * frames) / SLOWEST_FRAMES_PER_SECOND;
  try {
    await run(program, args, { timeout, killSignal: "SIGKILL" });
  } catch (cause) {
    const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : "";
    throw new EncodeError(`ffmpeg cannot read the video: ${said.split("\n", 1)[0] || "no answer"}`, {
      where: path,
      hint: "Check that it plays; `animate doctor` says which ffmpeg is used.",
      cause,
    });
  }
  if ((await readdir(folder)).length === 0) {
    throw new EncodeError("ffmpeg found no pictures in the video", { where: path });
  }
}

async function hashVideo(path: string): Promise<string> {
  const status = await stat(path).catch(() => undefined);
  if (!status?.isFile()) {
    throw new FileError("there is no such file", { where: path, hint: "check the path" });
  }
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}
