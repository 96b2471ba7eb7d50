/** What stills can be taken from, whatever it is: the frames of a video, of one of our runs, or of a folder of pictures. */

import type { ByteImage } from "../tensor/image.ts";

export interface Footage {
  readonly kind: "video" | "run" | "folder";
  /** What its outputs are called: the name of the run, of the file without its extension, or of the folder. */
  readonly name: string;
  /** Pixels, as it is shown: turned upright, pixels made square. */
  readonly width: number;
  readonly height: number;
  /** How many frames {@link Footage.frames} will give, for progress; undefined when the file does not say. */
  readonly frameCount: number | undefined;
  /** What its user should know, one sentence each: pictures that were left out, an end that is missing. Grows while frames are read. */
  readonly warnings: readonly string[];
  /**
   * All frames once, in order, small. One reader at a time; leaving the loop ends what stands behind it. Throws FileError at a place that cannot be
   * read, after the frames before it.
   */
  frames(): AsyncIterable<FootageFrame>;
  /** A frame at full size, upright, square pixels, sRGB. */
  still(frame: FrameAddress): Promise<ByteImage>;
}

/** Which picture of the footage. */
export interface FrameAddress {
  /** Counted from 0. */
  readonly frame: number;
  readonly timeSeconds: number;
}

export interface FootageFrame extends FrameAddress {
  /** At most {@link SMALL_SIDE} pixels at its longer side, so that a film streams through without being held. */
  readonly image: ByteImage;
}

/** Scores need no more, and a full frame of 1080p would be 36 times as many bytes. */
export const SMALL_SIDE = 320;
