/** What is really in a video file, by decoding it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import { EncodeError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

export interface VideoFacts {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Decoded, not read from a header. */
  readonly frames: number;
  /** `h264`, `vp9`, `gif`. */
  readonly codec: string;
  /** `yuv420p`, `bgra` … */
  readonly pixelFormat: string;
  /** Frames per second. */
  readonly fps: number;
  /** Container tags with lower-case names: `title`, `comment`. */
  readonly tags: ReadonlyMap<string, string>;
}

const run = promisify(execFile);

/**
 * Decodes the first video stream of a file and reports what was found.
 * Throws EncodeError when ffprobe cannot read it as a video.
 */
export async function probeVideo(ffprobePath: string, path: string): Promise<VideoFacts> {
  const { streams, format } = await askFfprobe(ffprobePath, path);
  const [stream] = streams;
  const frames = Number.parseInt(stream?.nb_read_frames ?? "", 10);
  if (!stream || !(frames > 0)) {
    throw new EncodeError("ffprobe found no video in the file", { where: path });
  }
  const [numerator = 0, denominator = 1] = stream.r_frame_rate.split("/").map(Number);
  return {
    width: stream.width,
    height: stream.height,
    frames,
    codec: stream.codec_name,
    pixelFormat: stream.pix_fmt,
    fps: numerator / denominator,
    tags: new Map(Object.entries(format.tags).map(([name, value]) => [name.toLowerCase(), value])),
  };
}

const probeAnswer = z.object({
  streams: z
    .array(
      z.object({
        width: z.number().default(0),
        height: z.number().default(0),
        nb_read_frames: z.string().default(""),
        codec_name: z.string().default(""),
        pix_fmt: z.string().default(""),
        r_frame_rate: z.string().default("0/1"),
      }),
    )
    .default([]),
  format: z.object({ tags: z.record(z.string(), z.string()).default({}) }).default({ tags: {} }),
});

async function askFfprobe(ffprobePath: string, path: string): Promise<z.infer<typeof probeAnswer>> {
  const question = [
    ["-v", "error", "-protocol_whitelist", "file"],
    ["-count_frames", "-select_streams", "v:0"],
    ["-show_entries", "stream=width,height,nb_read_frames,codec_name,pix_fmt,r_frame_rate:format_tags"],
    ["-of", "json", `file:${path}`],
  ].flat();
  try {
    const { stdout } = await run(ffprobePath, question, {
      timeout: LIMITS.video.verifyMs,
      killSignal: "SIGKILL",
      maxBuffer: LIMITS.video.answerBytes,
    });
    return probeAnswer.parse(JSON.parse(stdout));
  } catch (cause) {
    const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : "";
    throw new EncodeError(`ffprobe cannot read the video: ${said.split("\n", 1)[0] || "no answer"}`, {
      where: path,
      cause,
    });
  }
}
