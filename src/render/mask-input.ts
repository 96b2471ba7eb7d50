/** The mask of a run: where each frame may change, and what of it decides pixels. */

import { finishMask, type Mask } from "../diffusion/mask.ts";
import type { MaskFill } from "../diffusion/inpaint.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import type { Settings } from "../settings/schema.ts";
import type { MaskRules } from "./keep-outside.ts";
import { adjustmentFacts, type MaskPictures } from "./mask-pictures.ts";
import type { FindWords } from "./word-masks.ts";

type MaskAt = (frame: FramePlan, find: FindWords) => Promise<Mask>;

export interface MaskInput {
  readonly fill: MaskFill;
  readonly onlyMaskedPadding: number | null;
  /** What decides pixels and is the same for all frames. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** sha256 of the files that a frame's mask is read from; null for frames that read none. */
  readonly hashAt: (frame: FramePlan) => Promise<string | null>;
  readonly outside: MaskRules["outside"];
  /**
   * The frame's mask, with soft borders.
   *
   * @param find what words name in the picture that is drawn over; the first of a frame counts
   */
  readonly maskAt: MaskAt;
  /** See {@link MaskRules}. */
  readonly overlayAt?: MaskAt;
}

/** @returns null for a run without */
export function maskInput(
  { mask, size, deforum_exact }: Pick<Settings, "mask" | "size" | "deforum_exact">,
  pictures: MaskPictures,
): MaskInput | null {
  const { file, schedule, invert, blur, fill, only_masked: onlyMasked, padding, outside } = mask;
  if (file === null && schedule === null) return null;
  const withBorders = (deviation: number): MaskAt => {
    const read = pictures.reader((data) => finishMask({ ...size, data }, { invert, blur: deviation }));
    return (frame, find) => read(maskText(frame), frame.frame, find);
  };
  const stands = outside === "start";
  return {
    fill,
    onlyMaskedPadding: onlyMasked ? padding : null,
    facts: {
      invert,
      blur,
      fill,
      only_masked: onlyMasked,
      ...(onlyMasked && { padding }),
      ...adjustmentFacts(mask),
      ...(stands && { outside }),
    },
    hashAt: async (frame) =>
      frame.diffuse || stands ? await pictures.hashAt(maskText(frame), frame.frame) : null,
    outside,
    maskAt: withBorders(blur),
    ...(stands && deforum_exact && { overlayAt: withBorders(0) }),
  };
}

/** What the frame's mask is put together from: the file of the mask, where nothing else is said. */
export function maskText({ mask = "{video_mask}" }: FramePlan): string {
  return mask;
}
