/** The video of a run: a function of its frames alone, whatever order they come in and however often the run was interrupted. */

import type { ByteImage } from "../tensor/image.ts";
import { type FinishedVideo, requireEncoder, type VideoMetadata } from "./encoder.ts";
import type { EncodingSettings, VideoFormat } from "./formats.ts";
import type { VideoTools } from "./locate.ts";
import { openSegmentedFilm } from "./segmented-film.ts";
import type { Soundtrack } from "./soundtrack.ts";
import { openWholeFilm } from "./whole-film.ts";

/** A finished frame. */
export interface FilmFrame {
  /** Its place among all frames of the plan, from 0, as they are played. */
  readonly position: number;
  /** Hash of the picture that the video shows. */
  readonly identity: string;
  /** That picture from the disk. */
  readonly read: () => Promise<ByteImage>;
}

/** After {@link openFilm} exactly one of `finish` and `abort` is owed. */
export interface Film {
  /**
   * Takes each frame once, in any order, from one caller or many. Resolves when there is room for another one. Never rejects: what goes wrong with
   * the video is no reason to stop making frames; `finish` tries again, and tells.
   *
   * @param image its picture, when it is at hand; it is not kept
   */
  take(frame: FilmFrame, image?: ByteImage): Promise<void>;
  /** The video of the frames that there are. Throws EncodeError when it cannot be made, or is not whole. */
  finish(): Promise<FinishedVideo>;
  /** Gives up; finished pieces stay for the next run. Safe at any time, also twice. */
  abort(): Promise<void>;
}

export interface FilmOptions extends EncodingSettings {
  /** `png` makes no video: the frames are the result. */
  readonly format: VideoFormat | "png";
  /** Of the video; it appears only when it is complete and verified. */
  readonly path: string;
  /** Where its pieces are kept; made when it is not there. */
  readonly segmentFolder: string;
  /** How many frames the plan has. */
  readonly frames: number;
  readonly metadata: VideoMetadata;
  /** For mp4 and webm. Default: the film is silent. */
  readonly soundtrack?: Soundtrack | undefined;
  /** Told of what went wrong while frames still come. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
  /** Seconds without a sign of life after which ffmpeg counts as hung; default 120. */
  readonly stallSeconds?: number | undefined;
  /** Frames per piece; default {@link SEGMENT_FRAMES}. */
  readonly segmentFrames?: number | undefined;
  /** Default: those that are found. */
  readonly tools?: VideoTools | undefined;
}

/** What the kinds of film are opened with. */
export interface FilmJob extends FilmOptions {
  readonly tools: VideoTools;
}

/** Opens the video of a run. @throws EncodeError as {@link requireEncoder}, FileError when the folder cannot be made */
export async function openFilm(options: FilmOptions): Promise<Film> {
  const { format } = options;
  if (format === "png") return countFrames();
  const job = { ...options, tools: await requireEncoder(format, options, options.tools) };
  return format === "gif" ? await openWholeFilm(job) : await openSegmentedFilm({ ...job, format });
}

function countFrames(): Film {
  let frames = 0;
  return {
    async take() {
      frames++;
    },
    finish: async () => ({ path: undefined, frames }),
    abort: async () => {},
  };
}
