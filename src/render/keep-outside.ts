/** Keeps what lies outside a mask: no noise, no sharpening and no model. */

import type { Mask } from "../diffusion/mask.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import type { Settings } from "../settings/schema.ts";
import { type ByteImage, type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";

/** `picture` is the one that words of the mask are looked for in. */
type MaskAt = (plan: FramePlan, picture: RgbImage) => Promise<Mask>;

export interface MaskRules {
  /** Where a frame may change, with soft borders. */
  readonly maskAt: MaskAt;
  /** What stands elsewhere: the frame before, moved by the camera, or the start picture as it is; where there is none, the other. */
  readonly outside: Settings["mask"]["outside"];
  /**
   * Deforum's way with the start picture: the model draws over the frame before, and the start picture is put back by this mask, which has
   * hard borders; not given: the model sees it, and borders are soft.
   */
  readonly overlayAt?: MaskAt | undefined;
}

/** What is kept of a frame that is drawn. */
export interface KeptOutside {
  /** The picture to draw over. */
  readonly begin: (init: RgbImage) => RgbImage;
  /** The frame, from what was drawn. */
  readonly finish: (drawn: RgbImage) => RgbImage;
}

/**
 * @param moved the frame before, under this frame's camera; null before the first
 * @param initImage start picture of the run; null without one
 * @returns null when there is nothing to keep
 */
export async function keepOutside(
  { maskAt, outside, overlayAt }: MaskRules,
  frame: FramePlan,
  moved: RgbImage | null,
  initImage: ByteImage | null,
): Promise<KeptOutside | null> {
  const start = initImage && toFloatImage(initImage);
  // As its 8 bits are.
  const before = moved && toFloatImage(toByteImage(moved));
  if (overlayAt && start) {
    const mask = await overlayAt(frame, before ?? start);
    return { begin: (init) => init, finish: (drawn) => mixByMask(start, drawn, mask) };
  }
  const kept = outside === "start" ? (start ?? before) : (before ?? start);
  if (!kept) return null;
  const mask = await maskAt(frame, before ?? kept);
  return {
    begin: (init) => mixByMask(kept, init, mask),
    finish: (drawn) => keepBlack(kept, drawn, mask),
  };
}

/** A picture between two drawn ones, whose moves took along what stands still: the start picture is put back, if that is what is kept. */
export async function putStartBack(
  { maskAt, outside, overlayAt = maskAt }: MaskRules,
  frame: FramePlan,
  picture: ByteImage,
  initImage: ByteImage | null,
): Promise<ByteImage> {
  if (outside !== "start" || !initImage) return picture;
  const drawn = toFloatImage(picture);
  return toByteImage(mixByMask(toFloatImage(initImage), drawn, await overlayAt(frame, drawn)));
}

/** `kept` where the mask is 0, `changed` where it is 1, in between both. */
export function mixByMask(kept: RgbImage, changed: RgbImage, mask: Mask): RgbImage {
  const data = new Float32Array(kept.data.length);
  for (let i = 0; i < data.length; i++) {
    const share = mask.data[Math.floor(i / 3)]!;
    data[i] = kept.data[i]! * (1 - share) + changed.data[i]! * share;
  }
  return { ...kept, data };
}

/** `kept` where the mask is 0, `changed` everywhere else: for pictures that are mixed already. */
export function keepBlack(kept: RgbImage, changed: RgbImage, mask: Mask): RgbImage {
  const data = changed.data.map((value, i) => (mask.data[Math.floor(i / 3)] === 0 ? kept.data[i]! : value));
  return { ...changed, data };
}
