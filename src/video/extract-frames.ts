/** A video as a folder of pictures, at the speed and size of a render. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { EncodeError, FileError } from "../errors.ts";
import {
  flushToDisk,
  makeFolder,
  publishFolder,
  sweepTemporaryFiles,
  temporaryPath,
  writeError,
  writeFileAtomic,
} from "../files.ts";
import { LIMITS } from "../limits.ts";
import { CLOSED_INPUT } from "./inspect-video.ts";
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
  /** Pictures by their number in the video, whatever its speed; not given: by time, at `fps`. */
  readonly select?: PictureSelection | undefined;
}

/**
 * Every `nth` of the pictures whose number, from 0, it divides, between two that are taken, too; `to` −1 is the last. `nth` 0 takes those between
 * by time.
 */
export interface PictureSelection {
  readonly nth: number;
  readonly from: number;
  readonly to: number;
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
  const { path, folder, width, height, fps, frames, select } = job;
  const { ffmpeg } = await locateVideoTools();
  const source = {
    video: await hashVideo(path),
    width,
    height,
    fps,
    frames,
    ...(select && { select }),
    ffmpeg: ffmpeg.version,
  };
  const known = await readFile(join(folder, SOURCE_FILE), "utf8").catch(() => undefined);
  await sweepTemporaryFiles(dirname(folder), basename(folder));
  if (known === undefined || known !== (await describePictures(folder, source))) {
    const unfinished = temporaryPath(folder);
    try {
      await makeFolder(unfinished);
      await runFfmpeg(ffmpeg.path, job, unfinished);
      await publishPictures(unfinished, folder, await describePictures(unfinished, source));
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  return (await picturesIn(folder)).map((name) => join(folder, name));
}

async function picturesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith(".png")).toSorted();
}

/** What the pictures of a folder are made of, and their hashes: pictures that a crash has cut would be drawn over. */
async function describePictures(folder: string, source: object): Promise<string> {
  const pictures: Record<string, string> = {};
  for (const name of await picturesIn(folder)) {
    pictures[name] = createHash("sha256")
      .update(await readFile(join(folder, name)))
      .digest("hex");
  }
  return JSON.stringify({ source, pictures });
}

/** ffmpeg flushes nothing, and a rename is no better than what it names. */
async function publishPictures(unfinished: string, folder: string, description: string): Promise<void> {
  await writeFileAtomic(join(unfinished, SOURCE_FILE), description);
  try {
    for (const name of await picturesIn(unfinished)) await flushToDisk(join(unfinished, name));
    await rm(folder, { recursive: true, force: true });
    await publishFolder(unfinished, folder);
  } catch (cause) {
    throw writeError(folder, Buffer.byteLength(description), cause);
  }
}

/** Speed of a video of selected pictures; any will do. */
const SELECTED_FPS = 25;

/**
 * The filter that lets the wanted pictures through, and the speed that input and output get for it: selected ones have the times of a video of their
 * own. The input's own speed would have ffmpeg show the first or the last of them twice, where a picture stays longer than these times allow.
 */
function choose({ fps, select }: ExtractionJob): { filter: string; speed: readonly string[] } {
  if (!select) return { filter: `fps=${fps}`, speed: [] };
  const { nth, from, to } = select;
  if (nth === 0) {
    const end = to < 0 ? "" : `:end_frame=${to + 1}`;
    return { filter: `trim=start_frame=${from}${end},fps=${fps},setpts=PTS-STARTPTS`, speed: [] };
  }
  const isBetween = `gte(n,${from})${to < 0 ? "" : `*lte(n,${to})`}`;
  const isWanted = `not(mod(n,${nth}))*${isBetween}`;
  return {
    filter: `select='${isWanted}',setpts=N/(${SELECTED_FPS}*TB)`,
    speed: ["-r", String(SELECTED_FPS)],
  };
}

async function runFfmpeg(program: string, job: ExtractionJob, folder: string): Promise<void> {
  const { path, width, height, frames } = job;
  const { filter, speed } = choose(job);
  const cover = `scale=${width}:${height}:force_original_aspect_ratio=increase:flags=lanczos+accurate_rnd+full_chroma_int`;
  const args = [
    ["-v", "error", "-nostdin", ...CLOSED_INPUT, "-max_pixels", String(LIMITS.video.framePixels)],
    [...speed, "-i", `file:${path}`],
    ["-map", "0:v:0", "-vf", `${filter},${cover},crop=${width}:${height},format=rgb24`, ...speed],
    ["-frames:v", String(frames), "-start_number", "0", "-f", "image2", `file:${join(folder, "%06d.png")}`],
  ].flat();
  const timeout = START_LIMIT_MS + (1000 * frames) / SLOWEST_FRAMES_PER_SECOND;
  try {
    await run(program, args, { timeout, killSignal: "SIGKILL" });
  } catch (cause) {
    const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : "";
    if (/no space left on device/i.test(said)) {
      throw new FileError("cannot write the pictures of the video: the disk is full", {
        where: folder,
        hint: `free space on the disk of ${folder} and run again`,
        cause,
      });
    }
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
