/** The video of mode video: a picture for every frame to be drawn over. */

import { join } from "node:path";
import { openInputPictures } from "../control/input-pictures.ts";
import { RenderError } from "../errors.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { byPath, type Locate, placeOf } from "./locate.ts";

export interface StartVideo {
  /** How many frames it is enough for; Infinity for one picture. */
  readonly count: number;
  /** sha256 of the file that a frame's picture is read from. */
  readonly hashAt: (frame: FramePlan) => Promise<string>;
  readonly pictureAt: (frame: FramePlan) => Promise<ByteImage>;
}

/**
 * Opens `init.video`; its pictures are extracted into the run folder.
 *
 * @returns null in other modes
 * @throws FileError or EncodeError when it cannot be read, RenderError when no picture of it is wanted
 */
export async function openStartVideo(
  { mode, init, size, fps, frames }: Settings,
  scheduleFolder: string,
  runFolder: string,
  locate: Locate = byPath,
): Promise<StartVideo | null> {
  if (mode !== "video" || init.video === null) return null;
  const { extract_nth_frame: nth, extract_from_frame: from, extract_to_frame: to } = init;
  const setting = placeOf(locate, ["init", "video"]);
  const pictures = (await openInputPictures({
    input: init.video,
    baseFolder: scheduleFolder,
    cacheFolder: join(runFolder, "inputs", "init"),
    size,
    fps,
    frames,
    select: { nth, from, to },
    setting,
    purpose: "video",
  }))!;
  if (pictures.count === 0) {
    throw new RenderError(`expected pictures from number ${from} on, found none`, {
      where: setting,
      hint: "lower init.extract_from_frame, or give a longer video",
    });
  }
  return {
    count: pictures.count,
    hashAt: ({ frame }) => pictures.hashAt(frame),
    pictureAt: ({ frame }) => pictures.readAt(frame),
  };
}
