/** What a video file says about its pictures, read from its headers without decoding. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import { FileError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { VideoTools } from "./locate.ts";
import { printedStreams } from "./printed-streams.ts";

export interface VideoStream {
  /** Number of the stream in the file. */
  readonly index: number;
  /** `h264`, `vp9`, `gif`. */
  readonly codec: string;
  /** Pixels as they are coded: not turned, and not square when {@link VideoStream.pixelAspect} is not 1. */
  readonly width: number;
  readonly height: number;
  /** Width of a pixel over its height. */
  readonly pixelAspect: number;
  /** How the coded picture has to be turned to be upright. */
  readonly orientation: Orientation;
  /** Whether its frames are two fields of different moments. */
  readonly isInterlaced: boolean;
  /** As ffmpeg names them, such as `bt2020nc`, `smpte2084`; `unknown` when the file does not say. */
  readonly colorMatrix: string;
  readonly colorTransfer: string;
  /** Undefined when the file does not say. */
  readonly durationSeconds: number | undefined;
  /** Of all frames; with a varying rate the mean. */
  readonly framesPerSecond: number | undefined;
  readonly frameCount: number | undefined;
}

/** First mirrored from left to right, then turned clockwise. */
export interface Orientation {
  readonly mirrored: boolean;
  readonly quarterTurns: 0 | 1 | 2 | 3;
}

/**
 * Containers that hold pictures themselves. Playlists and scripts (HLS, DASH, concat, numbered pictures) are none of them: they name other files,
 * and a file from somewhere else must not choose what is read from this machine.
 */
export const VIDEO_CONTAINERS = [
  [
    "mov",
    "matroska",
    "webm",
    "avi",
    "gif",
    "apng",
    "flv",
    "mpegts",
    "mpeg",
    "mpegvideo",
    "asf",
    "ogg",
    "mxf",
  ],
  ["h264", "hevc", "m4v", "ivf", "obu", "av1", "nut", "yuv4mpegpipe", "dv", "rm", "wtv", "vc1", "dirac"],
  // Audio alone is let in to be called by its name.
  ["mp3", "wav", "flac", "aac", "aiff"],
]
  .flat()
  .join(",");

/** What ffprobe and ffmpeg are told ahead of every file that they open: these containers, from this file, and nothing else. */
export const CLOSED_INPUT = ["-protocol_whitelist", "file", "-format_whitelist", VIDEO_CONTAINERS];

const run = promisify(execFile);

/**
 * The stream that players show: no cover picture, the one that is marked as default, else the largest.
 *
 * @param path absolute
 * @throws FileError when the file holds no pictures, or is none that ffmpeg reads
 */
export async function inspectVideo(tools: VideoTools, path: string): Promise<VideoStream> {
  const { streams, format } = await readStreams(tools, path);
  const videos = streams.filter(({ codec_type: type }) => type === "video");
  const shown = videos
    .filter(({ disposition, width, height }) => !disposition.attached_pic && width > 0 && height > 0)
    .toSorted(
      (a, b) =>
        b.disposition.default - a.disposition.default ||
        b.width * b.height - a.width * a.height ||
        a.index - b.index,
    )[0];
  if (!shown) throw noPictures(path, streams, videos.length);
  const durationSeconds = positive(shown.duration) ?? positive(format.duration);
  const framesPerSecond = ratio(shown.avg_frame_rate) ?? ratio(shown.r_frame_rate);
  const told = positive(shown.nb_frames);
  const estimated =
    durationSeconds && framesPerSecond ? Math.round(durationSeconds * framesPerSecond) : undefined;
  return {
    index: shown.index,
    codec: shown.codec_name,
    width: shown.width,
    height: shown.height,
    pixelAspect: ratio(shown.sample_aspect_ratio.replace(":", "/")) ?? 1,
    orientation: readOrientation(shown),
    isInterlaced: ["tt", "bb", "tb", "bt"].includes(shown.field_order),
    colorMatrix: shown.color_space,
    colorTransfer: shown.color_transfer,
    durationSeconds,
    framesPerSecond,
    frameCount: told ?? estimated,
  };
}

const text = z.string().default("");
const unknownText = z.string().default("unknown");
const number = z.number().default(0);

const streamAnswer = z.object({
  index: z.number(),
  codec_type: text,
  codec_name: text,
  width: number,
  height: number,
  sample_aspect_ratio: text,
  field_order: text,
  color_space: unknownText,
  color_transfer: unknownText,
  duration: text,
  avg_frame_rate: text,
  r_frame_rate: text,
  nb_frames: text,
  disposition: z.object({ default: number, attached_pic: number }).default({ default: 0, attached_pic: 0 }),
  tags: z.record(z.string(), z.string()).default({}),
  side_data_list: z.array(z.object({ displaymatrix: z.string().optional() })).default([]),
});

const probeAnswer = z.object({
  streams: z.array(streamAnswer).default([]),
  format: z.object({ duration: text }).default({ duration: "" }),
});

type StreamAnswer = z.infer<typeof streamAnswer>;

async function readStreams(
  { ffmpeg, ffprobe }: VideoTools,
  path: string,
): Promise<z.infer<typeof probeAnswer>> {
  const question = ["-v", "error", ...CLOSED_INPUT, "-show_streams", "-show_format", "-of", "json"];
  try {
    const { stdout } = await run(ffprobe.path, [...question, `file:${path}`], {
      timeout: LIMITS.video.inspectMs,
      killSignal: "SIGKILL",
      maxBuffer: LIMITS.video.answerBytes,
    });
    return probeAnswer.parse(JSON.parse(stdout));
  } catch (cause) {
    if (cause instanceof Error && "signal" in cause && cause.signal === "SIGSEGV") {
      return probeAnswer.parse(await printedStreams(ffmpeg.path, CLOSED_INPUT, path));
    }
    const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : "";
    throw unreadable(path, said, cause);
  }
}

function unreadable(path: string, said: string, cause: unknown): FileError {
  const refused = /not on whitelist/i.test(said);
  const reason = said.split("\n").at(-1)?.replace(`file:${path}: `, "");
  const message = refused
    ? "expected a video, found a playlist or list of other files"
    : `expected a video, found a file that ffmpeg cannot read: ${reason || "no answer"}`;
  const hint = refused
    ? "name the video itself; what a list names is not opened"
    : "check that it plays, and that it was copied to its end";
  return new FileError(message, { where: path, hint, cause });
}

function noPictures(path: string, streams: readonly StreamAnswer[], covers: number): FileError {
  const isAudio = streams.some(({ codec_type: type }) => type === "audio");
  const cover = covers > 0 ? " and a cover picture" : "";
  return new FileError(`expected a video, found ${isAudio ? `only audio${cover}` : "no pictures"}`, {
    where: path,
    hint: "name a video, a run folder or a folder of pictures",
  });
}

function positive(written: string): number | undefined {
  const value = Number(written);
  return value > 0 && Number.isFinite(value) ? value : undefined;
}

/** `30000/1001` → 29.97; undefined for `0/0`. */
function ratio(written: string): number | undefined {
  const [numerator = 0, denominator = 0] = written.split("/").map(Number);
  return numerator > 0 && denominator > 0 ? numerator / denominator : undefined;
}

/** ISO 14496-12 keeps a 3×3 matrix, which ffprobe prints as lines of an address and three 16.16 numbers; (a b; c d) maps x and y. */
function readOrientation({ side_data_list: sideData, tags }: StreamAnswer): Orientation {
  const printed = sideData.find(({ displaymatrix }) => displaymatrix !== undefined)?.displaymatrix;
  if (printed === undefined) return { mirrored: false, quarterTurns: toQuarterTurns(Number(tags["rotate"])) };
  const rows = printed
    .trim()
    .split("\n")
    .map((line) => line.split(":")[1]!.trim().split(/\s+/).map(Number));
  const [a = 1, b = 0] = rows[0] ?? [];
  const [c = 0, d = 1] = rows[1] ?? [];
  const mirrored = a * d - b * c < 0;
  const sign = mirrored ? -1 : 1;
  return { mirrored, quarterTurns: toQuarterTurns((Math.atan2(sign * b, sign * a) * 180) / Math.PI) };
}

function toQuarterTurns(degrees: number): Orientation["quarterTurns"] {
  const turns = Number.isFinite(degrees) ? Math.round(degrees / 90) : 0;
  return (((turns % 4) + 4) % 4) as Orientation["quarterTurns"];
}
