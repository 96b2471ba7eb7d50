/** A video file as footage. */

import { execFile } from "node:child_process";
import { basename, extname } from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { FileError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { ByteImage } from "../tensor/image.ts";
import { inspectVideo, type VideoStream } from "../video/inspect-video.ts";
import { locateVideoTools } from "../video/locate.ts";
import { readFrames, type ReadJob } from "../video/read-frames.ts";
import { readPair } from "../video/read-pair.ts";
import { type Footage, type FootageFrame, type FrameAddress, SMALL_SIDE } from "./footage.ts";
import { isHdr, largeFilters, shownSize, smallFilters } from "./video-filters.ts";

/** How far ahead of a frame is sought, in seconds: more than its time is rounded by, less than any frame lasts. */
const SEEK_MARGIN = 0.0005;
/** A film whose last frame lies this much before its announced end is cut off: seconds, and share of its length. */
const MISSING_SECONDS = 1;
const MISSING_SHARE = 0.05;

const run = promisify(execFile);

/**
 * Opens a video, any that ffmpeg reads.
 *
 * @param path absolute
 * @throws FileError when it is none, EncodeError when there is no ffmpeg
 */
export async function openVideoFootage(path: string): Promise<Footage> {
  const tools = await locateVideoTools();
  const { ffmpeg } = tools;
  const stream = await inspectVideo(tools, path);
  checkSize(stream, path);
  const toneMaps = isHdr(stream) && (await canToneMap(ffmpeg.path));
  const source = { ffmpegPath: ffmpeg.path, path, stream: stream.index };
  const small: ReadJob = { ...source, ...smallFilters(stream, SMALL_SIDE, toneMaps) };
  const large = largeFilters(stream, LIMITS.picture.pixels, toneMaps);
  const warnings: string[] = [];
  if (isHdr(stream) && !toneMaps) {
    warnings.push(
      "the video is HDR and this ffmpeg has no zscale and tonemap filters: colors will look dull",
    );
  }
  /** By the number of the frame: what its small picture was, to know it again. */
  const checks: number[] = [];

  async function* frames(): AsyncGenerator<FootageFrame, void> {
    checks.length = 0;
    let last = 0;
    for await (const { data, timeSeconds } of readFrames(small)) {
      const frame = checks.length;
      checks.push(crc32(data));
      // A raw stream has no times: its frames are as far apart as it says.
      last = timeSeconds ?? (frame === 0 ? 0 : last + 1 / (stream.framesPerSecond ?? 25));
      yield { frame, timeSeconds: last, image: { width: small.width, height: small.height, data } };
    }
    const { durationSeconds = 0, framesPerSecond = 25 } = stream;
    const missing = durationSeconds - last - 1 / framesPerSecond;
    if (missing > Math.max(MISSING_SECONDS, MISSING_SHARE * durationSeconds)) {
      warnings.push(
        `the video ends at ${last.toFixed(1)} s and says that it has ${durationSeconds.toFixed(1)} s: it is cut off or damaged`,
      );
    }
  }

  async function still({ frame, timeSeconds }: FrameAddress): Promise<ByteImage> {
    const fromSeconds = Math.max(0, timeSeconds - SEEK_MARGIN);
    const sought = await readPair({ small, large, place: { fromSeconds } });
    const { width, height } = large;
    if (sought && crc32(sought.small) === checks[frame]) return { width, height, data: sought.large };
    // A damaged index, a stream without times, or frames that depend on more than the last key frame.
    const counted = await readPair({ small, large, place: { frame } });
    if (counted) return { width, height, data: counted.large };
    throw new FileError(`frame ${frame} cannot be read again`, { where: path });
  }

  return {
    kind: "video",
    name: basename(path, extname(path)),
    ...shownSize(stream),
    frameCount: stream.frameCount,
    warnings,
    frames,
    still,
  };
}

function checkSize({ width, height }: VideoStream, path: string): void {
  if (width * height <= LIMITS.video.framePixels) return;
  throw new FileError(
    `the video is ${width}x${height}, at most ${LIMITS.video.framePixels} pixels are decoded`,
    {
      where: path,
      hint: "make it smaller first",
    },
  );
}

async function canToneMap(ffmpegPath: string): Promise<boolean> {
  const { stdout } = await run(ffmpegPath, ["-hide_banner", "-filters"]);
  return ["zscale", "tonemap"].every((filter) => new RegExp(`^ *[A-Z.|]+ ${filter} `, "m").test(stdout));
}
