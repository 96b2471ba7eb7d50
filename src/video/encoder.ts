/** Frames in, one verified video file out. */
import { rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { EncodeError, FileError } from "../errors.ts";
import { publishFile, temporaryPath, writeError } from "../files.ts";
import { LIMITS } from "../limits.ts";
import type { ByteImage } from "../tensor/image.ts";
import { startEncoding, type EncodeProcess } from "./ffmpeg.ts";
import { checkEncoding, FORMATS, type EncodingSettings, type VideoFormat } from "./formats.ts";
import { frameRate, rateText, trackTimescale } from "./frame-rate.ts";
import { locateVideoTools, type VideoTools } from "./locate.ts";
import { probeVideo } from "./probe.ts";

/** A consumer of frames. After `openVideo` exactly one of `finish` and `abort` is owed, whatever happens in between. */
export interface FrameSink {
  /**
   * Takes the next frame; resolves when the sink has room for another one. The pixels are copied.
   * Throws EncodeError when the frame has another size than the video or the encoder has failed.
   */
  write(frame: ByteImage): Promise<void>;
  /**
   * Completes the video and verifies it. Throws EncodeError when it is not whole; then nothing is left on disk.
   *
   * @param path another name in the same folder, when the right one was not known before
   */
  finish(path?: string): Promise<FinishedVideo>;
  /** Gives up: ends the encoder and removes what it wrote. Safe at any time, also twice. */
  abort(): Promise<void>;
}

export interface FinishedVideo {
  /** The file, or undefined for the format `png`: there the frames folder is the result. */
  readonly path: string | undefined;
  readonly frames: number;
}

export interface VideoOptions extends EncodingSettings {
  /** Final path; the folder exists. It appears only when the video is complete and verified. */
  readonly path: string;
  /** `png` makes no video: the frames that the run keeps are the result, and the sink only counts them. */
  readonly format: VideoFormat | "png";
  /** A piece that a film is joined from: as the film is encoded, and always in an mp4, whose times are exact. Not for GIF. */
  readonly isSegment?: boolean;
  /** Written into mp4 and webm; GIF has no room for it. */
  readonly metadata?: VideoMetadata | undefined;
  /** Seconds without a sign of life after which ffmpeg counts as hung; default 120. */
  readonly stallSeconds?: number | undefined;
  /** Default: {@link locateVideoTools}. */
  readonly tools?: VideoTools | undefined;
}

export interface VideoMetadata {
  readonly title: string;
  /** Anything JSON: the settings, seed and model hash of the run. Goes into the `comment` tag. At most `LIMITS.video.metadataBytes`. */
  readonly settings: unknown;
}

/**
 * Opens a video: H.264 (yuv420p, index in front) in mp4, VP9 in webm, or GIF with one palette.
 * Raw frames go through a pipe to ffmpeg, which writes to a hidden file beside `path`; `finish` decodes that file, compares size and frame
 * count with what was written, and renames it.
 *
 * Throws EncodeError when ffmpeg is missing or lacks the encoder, or when the format cannot hold these settings.
 */
export async function openVideo(options: VideoOptions): Promise<FrameSink> {
  if (options.format === "png") return countFrames(options);
  const tools = await requireEncoder(options.format, options, options.tools);
  const path = resolve(options.path);
  const temporary = temporaryPath(path);
  const encoding = await startEncoding({
    ffmpegPath: tools.ffmpeg.path,
    ...encoderArguments(options.format, options),
    outputPath: temporary,
    stallSeconds: options.stallSeconds ?? 120,
  });
  return videoSink(options, { encoding, tools, path, temporary });
}

/**
 * Finds ffmpeg and checks that it can write `format` with these settings. Asked before a render starts, this keeps a night's work from
 * ending at its last step.
 *
 * @param tools default: {@link locateVideoTools}
 * @throws EncodeError as {@link openVideo}
 */
export async function requireEncoder(
  format: VideoFormat,
  settings: EncodingSettings,
  tools?: VideoTools,
): Promise<VideoTools> {
  checkEncoding(format, settings);
  const found = tools ?? (await locateVideoTools());
  const { encoder } = FORMATS[format];
  if (!found.ffmpeg.encoders.has(encoder)) {
    throw new EncodeError(`this ffmpeg cannot write ${format}: it has no encoder ${encoder}`, {
      where: found.ffmpeg.path,
      hint: "unset FFMPEG_PATH to use the ffmpeg shipped by npm, or choose another --format",
    });
  }
  return found;
}

interface OpenVideo {
  readonly encoding: EncodeProcess;
  readonly tools: VideoTools;
  readonly path: string;
  readonly temporary: string;
}

function videoSink(size: EncodingSettings, { encoding, tools, path, temporary }: OpenVideo): FrameSink {
  let frames = 0;
  let closed = false;

  async function write(frame: ByteImage): Promise<void> {
    if (closed) throw new EncodeError("the video is closed", { where: path });
    checkFrame(frame, size, frames);
    try {
      await encoding.write(frame.data);
    } catch (error) {
      throw new EncodeError(`${messageOf(error)}\n  at frame ${frames}`, {
        where: path,
        ...detailsOf(error),
      });
    }
    frames++;
  }

  async function finish(finalPath = path): Promise<FinishedVideo> {
    if (closed) throw new EncodeError("the video is closed", { where: path });
    try {
      if (frames === 0) throw new EncodeError("a video needs at least one frame, none was written");
      await encoding.finish();
      await verify();
      await publish(finalPath);
    } catch (error) {
      await abort();
      throw new EncodeError(messageOf(error), { where: path, ...detailsOf(error) });
    }
    closed = true;
    return { path: finalPath, frames };
  }

  async function verify(): Promise<void> {
    const found = await probeVideo(tools.ffprobe.path, temporary);
    if (found.frames !== frames) {
      throw encoding.describe(`expected ${frames} frames in the video, found ${found.frames}`);
    }
    if (found.width !== size.width || found.height !== size.height) {
      throw encoding.describe(
        `expected a video of ${size.width}x${size.height}, found ${found.width}x${found.height}`,
      );
    }
  }

  async function publish(finalPath: string): Promise<void> {
    const { size: bytes } = await stat(temporary);
    await publishFile(temporary, finalPath).catch((cause: unknown) => {
      throw writeError(finalPath, bytes, cause);
    });
  }

  async function abort(): Promise<void> {
    if (closed) return;
    closed = true;
    await encoding.stop();
    await rm(temporary, { force: true });
  }

  return { write, finish, abort };
}

/** The sink of the format `png`. */
function countFrames(size: EncodingSettings): FrameSink {
  let frames = 0;
  return {
    async write(frame) {
      checkFrame(frame, size, frames);
      frames++;
    },
    finish: async () => ({ path: undefined, frames }),
    abort: async () => {},
  };
}

function checkFrame(frame: ByteImage, size: EncodingSettings, index: number): void {
  const { width, height, data } = frame;
  if (width !== size.width || height !== size.height || data.length !== 3 * width * height) {
    throw new EncodeError(
      `expected an RGB frame of ${size.width}x${size.height}, found ${width}x${height} with ${data.length} bytes`,
      { where: `frame ${index}` },
    );
  }
}

/** What ffmpeg is told about the frames and the file, without its name. The same words, from the same build, make the same file of the same frames. */
export function encoderArguments(
  format: VideoFormat,
  options: EncodingSettings & Pick<VideoOptions, "isSegment" | "metadata">,
): { readonly inputOptions: string[]; readonly outputOptions: string[] } {
  return { inputOptions: rawInput(options), outputOptions: fileOutput(format, options) };
}

/** Constant frame rate by its time stamps alone: no frame is ever repeated or dropped, and no option that changed its name is needed. */
function rawInput({ width, height, fps }: EncodingSettings): string[] {
  return [
    ["-hide_banner", "-nostdin", "-protocol_whitelist", "file,pipe"],
    [
      "-f",
      "rawvideo",
      "-pix_fmt",
      "rgb24",
      "-video_size",
      `${width}x${height}`,
      "-framerate",
      rateText(frameRate(fps)),
    ],
  ].flat();
}

function fileOutput(
  format: VideoFormat,
  options: EncodingSettings & Pick<VideoOptions, "isSegment" | "metadata">,
): string[] {
  const { encoder, container, options: formatOptions, fileOptions } = FORMATS[format];
  const timescale = ["-video_track_timescale", String(trackTimescale(frameRate(options.fps)))];
  return [
    ["-y", "-an", "-c:v", encoder],
    formatOptions(options),
    ["-threads", String(options.threads)],
    // No random identifiers and no version strings: the same frames give the same bytes.
    ["-fflags", "+bitexact", "-flags:v", "+bitexact"],
    options.isSegment ? [] : [...fileOptions, ...metadataOptions(options.metadata)],
    options.isSegment || container === "mp4" ? timescale : [],
    ["-f", options.isSegment ? "mp4" : container],
  ].flat();
}

/** The tags of a video. @throws EncodeError when the settings have too many bytes for one */
export function metadataOptions(metadata: VideoMetadata | undefined): string[] {
  if (!metadata) return [];
  const comment = JSON.stringify(metadata.settings);
  const size = Buffer.byteLength(comment);
  if (size > LIMITS.video.metadataBytes) {
    throw new EncodeError(
      `the settings have ${size} bytes, a video takes at most ${LIMITS.video.metadataBytes}`,
      {
        hint: "leave the long schedules out; manifest.json has them",
      },
    );
  }
  // A NUL would end the argument; other control characters have no place in a title.
  const title = metadata.title.replaceAll(/\p{Cc}+/gu, " ").slice(0, 1000);
  return ["-metadata", `title=${title}`, "-metadata", `comment=${comment}`];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function detailsOf(error: unknown): { hint?: string; cause: unknown } {
  const hint = error instanceof EncodeError || error instanceof FileError ? error.hint : undefined;
  return { ...(hint !== undefined && { hint }), cause: error };
}
