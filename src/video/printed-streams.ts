/** The streams of a file as ffmpeg prints them: what is known of a file on which ffprobe crashes, as the static one does on MPEG transport streams. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { LIMITS } from "../limits.ts";

/** `Stream #0:0[0x100](und): Video: h264 (High), yuv420p(tv, bt709, top first), 480x270 [SAR 1:1 DAR 16:9], 25 fps, 25 tbr, 90k tbn (default)`. */
const STREAM = /^ *Stream #0:(\d+)\S*: (Video|Audio): (\w+)(.*)$/gm;
const FIELD_ORDERS: Readonly<Record<string, string>> = {
  "top first": "tt",
  "bottom first": "bb",
  "top coded first (swapped)": "tb",
  "bottom coded first (swapped)": "bt",
};

const run = promisify(execFile);

/**
 * @param input options ahead of the file
 * @returns as `ffprobe -show_streams -show_format -of json` would, as far as is printed
 */
export async function printedStreams(
  ffmpegPath: string,
  input: readonly string[],
  path: string,
): Promise<{ streams: object[]; format: object }> {
  const args = ["-hide_banner", "-nostdin", ...input, "-i", `file:${path}`];
  // Without an output it prints what it found and ends with an error.
  const said = await run(ffmpegPath, args, { timeout: LIMITS.video.inspectMs, killSignal: "SIGKILL" }).then(
    ({ stderr }) => stderr,
    (failure: unknown) => (failure instanceof Error && "stderr" in failure ? String(failure.stderr) : ""),
  );
  const [, hours = 0, minutes = 0, seconds = 0] =
    /Duration: (\d+):(\d\d):([\d.]+)/.exec(said)?.map(Number) ?? [];
  return {
    streams: [...said.matchAll(STREAM)].map(([, index, type, codec, rest]) =>
      describe(Number(index), type!, codec!, rest!),
    ),
    format: { duration: String(3600 * hours + 60 * minutes + seconds) },
  };
}

function describe(index: number, type: string, codec: string, rest: string): object {
  const [, width, height] = /, (\d+)x(\d+)/.exec(rest) ?? [];
  const [, rate = "0"] = /([\d.]+) fps/.exec(rest) ?? [];
  const order = Object.keys(FIELD_ORDERS).find((words) => rest.includes(words));
  return {
    index,
    codec_type: type.toLowerCase(),
    codec_name: codec,
    width: Number(width ?? 0),
    height: Number(height ?? 0),
    sample_aspect_ratio: /SAR (\d+:\d+)/.exec(rest)?.[1] ?? "",
    field_order: order === undefined ? "" : FIELD_ORDERS[order],
    color_transfer: /smpte2084|arib-std-b67/.exec(rest)?.[0] ?? "unknown",
    color_space: /bt2020nc|bt709/.exec(rest)?.[0] ?? "unknown",
    avg_frame_rate: `${rate}/1`,
    disposition: {
      default: rest.includes("(default)") ? 1 : 0,
      attached_pic: rest.includes("(attached pic)") ? 1 : 0,
    },
  };
}
