/** Encoded pieces → one film, by copying: no picture is decoded or encoded again. */

import { rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { publishFile, temporaryPath, writeError } from "../files.ts";
import { FORMATS, type SegmentedFormat } from "./formats.ts";
import { frameMicroseconds, type FrameRate, trackTimescale } from "./frame-rate.ts";
import type { VideoTools } from "./locate.ts";
import { readPackets } from "./packets.ts";
import { runFfmpeg } from "./run-ffmpeg.ts";
import type { Segment, SegmentStore } from "./segment-store.ts";
import { type Soundtrack, soundtrackInput, soundtrackOutput } from "./soundtrack.ts";
import { verifyJoin } from "./verify-join.ts";

export interface JoinJob {
  readonly tools: VideoTools;
  readonly store: SegmentStore;
  /** As they are played. */
  readonly segments: readonly Segment[];
  readonly format: SegmentedFormat;
  readonly rate: FrameRate;
  /** Options of the file: its tags. */
  readonly metadata: readonly string[];
  /** Undefined: the film is silent. */
  readonly soundtrack?: Soundtrack | undefined;
  /** Final path; the folder exists. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}

/** A disk that writes a megabyte in a second is slow; one that needs longer is gone. */
const SLOWEST_BYTES_PER_SECOND = 1_000_000;
const LEAST_LIMIT_SECONDS = 120;

/**
 * Joins, verifies packet by packet and publishes.
 *
 * @throws EncodeError when ffmpeg fails or the film is not whole, FileError when it cannot be written; nothing is left behind then
 */
export async function joinSegments(job: JoinJob): Promise<void> {
  const { tools, store, segments, rate, path, signal } = job;
  const list = temporaryPath(join(store.folder, "list"));
  const film = temporaryPath(join(store.folder, basename(path)));
  try {
    await writeList(list, segments, rate);
    const sizes = segments.map(async ({ key }) => (await stat(store.pathOf(key))).size);
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    await runFfmpeg({
      ffmpegPath: tools.ffmpeg.path,
      args: joinArguments(job, basename(list), film),
      // The names in the list start here, whatever characters the path has.
      folder: store.folder,
      limitSeconds: LEAST_LIMIT_SECONDS + Math.ceil(bytes / SLOWEST_BYTES_PER_SECOND),
      signal,
    });
    verifyJoin(await readPackets(tools.ffmpeg.path, film, signal), segments, rate);
    await publishFile(film, path).catch((cause: unknown) => {
      throw writeError(path, bytes, cause);
    });
  } finally {
    await rm(list, { force: true });
    await rm(film, { force: true });
  }
}

/**
 * What ffmpeg's concat demuxer reads. The names are hexadecimal digits, so there is nothing to escape. How long a piece lasts is written out:
 * what a file says of itself is rounded, and a thousand pieces would drift.
 */
async function writeList(path: string, segments: readonly Segment[], rate: FrameRate): Promise<void> {
  const lines = ["ffconcat version 1.0"];
  let first = 0;
  for (const { key, frames } of segments) {
    const micros = frameMicroseconds(rate, first + frames) - frameMicroseconds(rate, first);
    lines.push(`file ${key}.mp4`, `duration ${(micros / 1e6).toFixed(6)}`);
    first += frames;
  }
  const text = `${lines.join("\n")}\n`;
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw writeError(path, Buffer.byteLength(text), cause);
  }
}

function joinArguments(job: JoinJob, list: string, film: string): string[] {
  const { format, rate, metadata, soundtrack, segments } = job;
  const { container, fileOptions } = FORMATS[format];
  const frames = segments.reduce((sum, segment) => sum + segment.frames, 0);
  return [
    ["-hide_banner", "-nostdin", "-v", "error", "-y"],
    // Without the conversion, which would put the encoder's parameters into every piece once more.
    ["-protocol_whitelist", "file,pipe", "-f", "concat", "-safe", "1", "-auto_convert", "0", "-i", list],
    soundtrack ? soundtrackInput(soundtrack) : [],
    ["-map", "0:v:0", "-c:v", "copy"],
    soundtrack ? soundtrackOutput(format, frames, rate) : ["-an"],
    fileOptions,
    container === "mp4" ? ["-video_track_timescale", String(trackTimescale(rate))] : [],
    ["-fflags", "+bitexact", "-flags:v", "+bitexact"],
    metadata,
    ["-f", container, `file:${film}`],
  ].flat();
}
