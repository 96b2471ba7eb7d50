/** One frame of a video in two sizes: large, and small as {@link readFrames} gives it, so that it can be told whether it is the right one. */

import { FileError } from "../errors.ts";
import { everyFrameOption } from "./every-frame.ts";
import { inputOptions, PRINT_TIMES, RAW_OUTPUT, startReading } from "./reading-process.ts";
import type { ReadJob } from "./read-frames.ts";

export interface PairJob {
  readonly small: ReadJob;
  readonly large: Pick<ReadJob, "filters" | "width" | "height">;
  /** A time just ahead of the frame's own, or its number in the whole video: exact in any file, and as slow as decoding everything before it. */
  readonly place: { readonly fromSeconds: number } | { readonly frame: number };
}

export interface Pair {
  readonly small: Uint8Array<ArrayBuffer>;
  readonly large: Uint8Array<ArrayBuffer>;
}

/**
 * @returns undefined when the video has no frame there
 * @throws FileError when ffmpeg fails
 */
export async function readPair({ small, large, place }: PairJob): Promise<Pair | undefined> {
  const { ffmpegPath, path, stream } = small;
  const isTime = "fromSeconds" in place;
  // Printed ahead of the choice: decoding a long film up to it is not to be taken for a hang.
  const chosen = isTime ? "" : `${PRINT_TIMES.join(",")},select=eq(n\\,${place.frame}),`;
  const graph = [
    `[0:${stream}]${chosen}split[one][other]`,
    `[one]${small.filters.join(",")}[small]`,
    `[other]${large.filters.join(",")}[large]`,
  ].join(";");
  const first = ["-frames:v", "1", ...(await everyFrameOption(ffmpegPath)), ...RAW_OUTPUT];
  const reading = startReading(
    ffmpegPath,
    [
      inputOptions(path, isTime ? place.fromSeconds : 0),
      ["-filter_complex", graph],
      ["-map", "[small]", ...first, "pipe:1"],
      ["-map", "[large]", ...first, "pipe:3"],
    ].flat(),
    2,
  );
  try {
    const [smallData, largeData] = await Promise.all([
      firstPiece(reading.pieces(1, small.width * small.height * 3)),
      firstPiece(reading.pieces(3, large.width * large.height * 3)),
    ]);
    if (smallData && largeData) return { small: smallData, large: largeData };
    const failure = await reading.failure();
    if (failure === undefined) return undefined;
    throw new FileError(`ffmpeg cannot read a frame at full size: ${failure}`, { where: path });
  } finally {
    await reading.stop();
  }
}

async function firstPiece(
  pieces: AsyncGenerator<Uint8Array<ArrayBuffer>, void>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let first: Uint8Array<ArrayBuffer> | undefined;
  // To the end of the pipe: a writer whose pipe is closed dies before the other pipe is full.
  for await (const piece of pieces) first ??= piece;
  return first;
}
