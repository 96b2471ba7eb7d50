/** From settings to whose colors the frames keep to. */

import { resolve } from "node:path";
import type { InputPictures } from "../control/input-pictures.ts";
import { drawingOrder } from "../schedule/drawing-order.ts";
import { distributes } from "../schedule/drawn-frames.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { readPicture } from "../tensor/picture-file.ts";
import { type RunFacts, sha256 } from "./chain.ts";
import type { ColorRules } from "./color-memory.ts";

export interface RunColors {
  readonly rules: ColorRules;
  /** What of it decides pixels; empty where nothing but `color_reference` was set, so that older frames keep their hashes. */
  readonly facts: RunFacts;
  /** sha256 of the file that a frame's colors are read from; null for frames that read none. */
  readonly hashAt: (frame: FramePlan) => Promise<string | null>;
}

/**
 * Reads the picture that gives the colors, if there is one.
 *
 * @param folder that the picture's path starts from
 * @param hasStartPicture whether frame 0 is drawn over a picture
 * @param video pictures of the input video; null without one
 * @throws FileError when it cannot be read
 */
export async function readRunColors(
  settings: Settings,
  folder: string,
  hasStartPicture: boolean,
  video: InputPictures | null,
): Promise<RunColors> {
  const { feedback, size, cadence, deforum_exact } = settings;
  const { color_reference, color_image, color_match_drawn, color_video_every } = feedback;
  const follows = color_reference === "video" && color_image === null && feedback.color_match !== "none";
  const pictures = follows ? video : null;
  const isDrawn = distributes(settings)
    ? drawingOrder(settings).isDiffused
    : (frame: number) => frame % cadence === 0;
  const indexAt = ({ frame }: FramePlan): number => lastRead(frame, color_video_every, isDrawn);
  const image: ByteImage | null =
    color_image === null ? null : await readPicture(resolve(folder, color_image), size);
  return {
    rules: {
      mode: color_reference === "prompt" ? "prompt" : "first",
      image,
      pictureAt: pictures ? (frame) => pictures.readAt(indexAt(frame)) : undefined,
      matchesDrawn: color_match_drawn,
      startsMoved: deforum_exact && (hasStartPicture || !color_match_drawn),
    },
    hashAt: async (frame) => (pictures && frame.diffuse ? await pictures.hashAt(indexAt(frame)) : null),
    facts: {
      ...(image && { colorImage: sha256(image.data) }),
      ...(!color_match_drawn && { color_match_drawn }),
    },
  };
}

/** The last drawn frame up to this one at which a picture of the video is looked up; the first one is drawn. */
export function lastRead(frame: number, every: number, isDrawn: (frame: number) => boolean): number {
  let read = frame - (frame % every);
  while (!isDrawn(read)) read -= every;
  return read;
}
