/** The pictures that lead a run: opened, mixed into what frames are drawn over, and followed in color. */

import { resolve } from "node:path";
import { followColors } from "../feedback/follow-colors.ts";
import { hashFile } from "../models/model-hash.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { drawingOrder } from "../schedule/drawing-order.ts";
import { guidingPictures, leadingAt } from "../schedule/guided-plan.ts";
import { scheduleContext } from "../schedule/schedule-context.ts";
import type { Settings } from "../settings/schema.ts";
import { type ByteImage, type RgbImage, toFloatImage } from "../tensor/image.ts";
import { readPicture } from "../tensor/picture-file.ts";
import type { Paint } from "./frame-loop.ts";
import { addSetting, byPath, type Locate, placeOf } from "./locate.ts";

export interface GuidedInput {
  /** The frame that is drawn before all others. */
  readonly firstFrame: number;
  /** What that frame is drawn over. */
  readonly first: ByteImage;
  /** sha256 of the picture that leads a frame; null for frames that are not drawn. */
  readonly hashAt: (frame: FramePlan) => Promise<string | null>;
  readonly pictureAt: (frame: FramePlan) => RgbImage;
  /** Mixes are cut off to whole 8-bit levels, as Deforum's. */
  readonly deforumExact: boolean;
}

/**
 * Opens the pictures of `guided.images`.
 *
 * @returns null for a run without, and for frames that are each drawn by themselves
 * @throws FileError with the place of the setting when one cannot be read
 */
export async function openGuidedInput(
  settings: Settings,
  scheduleFolder: string,
  locate: Locate = byPath,
): Promise<GuidedInput | null> {
  const { guided, size } = settings;
  const keys = guidingPictures(guided, scheduleContext(settings));
  if (keys.length === 0) return null;
  const known = new Map<string, { image: RgbImage; bytes: ByteImage; hash: string }>();
  for (const { path, at } of keys) {
    if (known.has(path)) continue;
    const file = resolve(scheduleFolder, path);
    const bytes = await readPicture(file, size).catch((error: unknown) => {
      const isMapping = typeof guided.images !== "string";
      throw addSetting(error, placeOf(locate, ["guided", "images", ...(isMapping ? [at] : [])]));
    });
    known.set(path, { bytes, image: toFloatImage(bytes), hash: await hashFile(file) });
  }
  const { first: firstFrame } = drawingOrder(settings);
  const pictures = keys.map(({ path }) => known.get(path)!);
  return {
    firstFrame,
    first: pictures[leadingAt(keys, firstFrame)]!.bytes,
    hashAt: async ({ guided: plan, diffuse }) => (plan && diffuse ? pictures[plan.picture]!.hash : null),
    pictureAt: (frame) => pictures[frame.guided?.picture ?? 0]!.image,
    deforumExact: settings.deforum_exact,
  };
}

/** Gives what the model painted the colors of another picture. */
export type CorrectColors = (painted: RgbImage, target: RgbImage) => RgbImage;

/**
 * Leads what is painted: the frame's picture is mixed into what it is painted over, and the result follows the colors of such a mix. The
 * first frame that is drawn and pictures from nothing are painted as they are. Source: Deforum (behavior).
 *
 * @param correct default: {@link followColors}
 */
export function guidePaint(
  paint: Paint,
  { firstFrame, pictureAt, deforumExact }: Pick<GuidedInput, "firstFrame" | "pictureAt" | "deforumExact">,
  correct: CorrectColors = followColors,
): Paint {
  return async (init, frame) => {
    if (init === null || frame.guided === undefined || frame.frame === firstFrame) {
      return await paint(init, frame);
    }
    const picture = pictureAt(frame);
    const painted = await paint(mix(init, picture, frame.guided.blend, deforumExact), frame);
    return correct(painted, mix(init, picture, frame.guided.color_correction, deforumExact));
  };
}

function mix(from: RgbImage, to: RgbImage, share: number, deforumExact: boolean): RgbImage {
  const data = from.data.map((value, i) => {
    const mixed = Math.min(1, Math.max(0, value * (1 - share) + to.data[i]! * share));
    return deforumExact ? Math.floor(255 * mixed) / 255 : mixed;
  });
  return { ...from, data };
}
