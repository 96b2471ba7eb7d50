/** Sound for a film: a file that somebody names, looked at before the first frame and cut to the length of the last. */

import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { EncodeError, FileError } from "../errors.ts";
import type { SegmentedFormat } from "./formats.ts";
import type { FrameRate } from "./frame-rate.ts";
import { CLOSED_INPUT } from "./inspect-video.ts";
import type { VideoTools } from "./locate.ts";
import { runFfmpeg } from "./run-ffmpeg.ts";
import { hashFile } from "./segment-store.ts";

export interface Soundtrack {
  /** Absolute path. */
  readonly path: string;
  /** sha256 of the file. */
  readonly sha256: string;
}

/** What plays everywhere that the pictures do; the rates are those that are commonly called transparent. */
const AUDIO: Readonly<Record<SegmentedFormat, AudioFacts>> = {
  mp4: { options: ["-c:a", "aac", "-b:a", "192k"], block: 1024 },
  webm: { options: ["-c:a", "libopus", "-b:a", "160k"], block: 1 },
};

interface AudioFacts {
  readonly options: readonly string[];
  /** The sound ends after a multiple of so many samples: players of AAC play a block that is begun to its end. */
  readonly block: number;
}

/** Samples per second: what both encoders take, and fine enough for any frame rate. */
const SAMPLE_RATE = 48_000;
/** Longer than any disk needs for the first moment of a file. */
const TRY_SECONDS = 60;

/**
 * Encodes the first moment of the sound, which proves the file and the encoder.
 *
 * @param path absolute; nothing but this file is opened, whatever it says
 * @throws FileError when it is not there, no file, or has no sound that ffmpeg reads, EncodeError when this ffmpeg cannot encode sound for the format
 */
export async function openSoundtrack(
  tools: VideoTools,
  format: SegmentedFormat,
  path: string,
): Promise<Soundtrack> {
  const status = await stat(path).catch(() => undefined);
  if (!status?.isFile()) {
    const found = status ? "something else" : "no such file";
    throw new FileError(`expected a sound file, found ${found}`, {
      where: path,
      hint: "check video.soundtrack",
    });
  }
  await tryOut(tools, path, ["-f", "null", "-"]).catch((cause: unknown) => {
    throw new FileError(
      "expected a sound file, or a video with sound, found a file in which ffmpeg finds none",
      {
        where: path,
        hint: "check that it plays, and that it was copied to its end",
        cause,
      },
    );
  });
  await tryOut(tools, path, [...AUDIO[format].options, "-f", "null", "-"]).catch((cause: unknown) => {
    throw new EncodeError(`this ffmpeg cannot encode sound for ${format} (${AUDIO[format].options[1]})`, {
      where: tools.ffmpeg.path,
      hint: "unset FFMPEG_PATH to use the ffmpeg shipped by npm, or choose another --format",
      cause,
    });
  });
  return { path, sha256: await hashFile(path) };
}

async function tryOut({ ffmpeg }: VideoTools, path: string, output: readonly string[]): Promise<void> {
  const args = ["-hide_banner", "-nostdin", "-v", "error", "-xerror", ...CLOSED_INPUT];
  const moment = ["-t", "0.2", "-i", `file:${path}`, "-map", "0:a:0", "-ac", "2", "-ar", String(SAMPLE_RATE)];
  await runFfmpeg({
    ffmpegPath: ffmpeg.path,
    args: [...args, ...moment, ...output],
    folder: dirname(path),
    limitSeconds: TRY_SECONDS,
  });
}

/** Options of the sound as the second input of a join. */
export function soundtrackInput({ path }: Soundtrack): string[] {
  return [...CLOSED_INPUT, "-i", `file:${path}`];
}

/**
 * Options of the sound in the film: two channels, and not one sample longer than the frames. A shorter one ends in silence.
 *
 * @param frames of the film
 */
export function soundtrackOutput(
  format: SegmentedFormat,
  frames: number,
  { numerator, denominator }: FrameRate,
): string[] {
  const { options, block } = AUDIO[format];
  const most = Math.floor((frames * denominator * SAMPLE_RATE) / numerator);
  const samples = most < block ? most : most - (most % block);
  return [
    ["-map", "1:a:0", "-af", `aresample=${SAMPLE_RATE},atrim=end_sample=${samples}`, "-ac", "2"],
    [...options, "-flags:a", "+bitexact", "-map_metadata", "-1", "-map_chapters", "-1"],
  ].flat();
}
