/** All frames of a video as raw pictures, decoded as fast as they are taken. */

import { FileError } from "../errors.ts";
import { everyFrameOption } from "./every-frame.ts";
import { inputOptions, PRINT_TIMES, RAW_OUTPUT, startReading } from "./reading-process.ts";

export interface ReadJob {
  /** The program. */
  readonly ffmpegPath: string;
  /** Absolute path of the video. */
  readonly path: string;
  /** Number of the stream in the file. */
  readonly stream: number;
  /** Filters between the decoder and the pipe; they have to give pictures of `width` × `height`. */
  readonly filters: readonly string[];
  readonly width: number;
  readonly height: number;
}

export interface ReadFrame {
  /** RGB, row by row, `3 * width * height` long; the buffer is the frame's own. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** When it is shown, from the beginning of the file; undefined where the file does not say. */
  readonly timeSeconds: number | undefined;
}

/**
 * Decodes all frames in the order in which they are shown. Leaving the loop ends ffmpeg.
 *
 * @throws FileError after the last frame that could be decoded, when ffmpeg gives up, hangs, or finds no frame
 */
export async function* readFrames(job: ReadJob): AsyncGenerator<ReadFrame, void> {
  const { ffmpegPath, path, stream, filters, width, height } = job;
  const chain = [...filters, ...PRINT_TIMES].join(",");
  const output = [
    "-map",
    `0:${stream}`,
    "-vf",
    chain,
    ...(await everyFrameOption(ffmpegPath)),
    ...RAW_OUTPUT,
    "pipe:1",
  ];
  const reading = startReading(ffmpegPath, [...inputOptions(path), ...output]);
  let frames = 0;
  try {
    for await (const data of reading.pieces(1, width * height * 3)) {
      yield { data, timeSeconds: await reading.nextTime() };
      frames++;
    }
    const failure = (await reading.failure()) ?? (frames === 0 ? "it found no frames" : undefined);
    if (failure === undefined) return;
    const place = frames === 0 ? "the video" : `the video beyond frame ${frames - 1}`;
    throw new FileError(`ffmpeg cannot decode ${place}: ${failure}`, {
      where: path,
      hint: "check that it plays; `animate doctor` says which ffmpeg is used",
    });
  } finally {
    await reading.stop();
  }
}
