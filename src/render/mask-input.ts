/** The mask of a run: where each frame may change, and what of it decides pixels. */

import { type Mask, readMask } from "../diffusion/mask.ts";
import type { MaskFill } from "../diffusion/inpaint.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import type { Settings } from "../settings/schema.ts";
import type { MaskRules } from "./keep-outside.ts";
import { adjustmentFacts, type MaskPictures } from "./mask-pictures.ts";

export interface MaskInput extends MaskRules {
  readonly fill: MaskFill;
  readonly onlyMaskedPadding: number | null;
  /** What decides pixels and is the same for all frames. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** sha256 of the files that a frame's mask is read from; null for frames that read none. */
  readonly hashAt: (frame: FramePlan) => Promise<string | null>;
}

/** @returns null for a run without */
export function maskInput(
  { mask, size, deforum_exact }: Pick<Settings, "mask" | "size" | "deforum_exact">,
  pictures: MaskPictures,
): MaskInput | null {
  const { file, schedule, invert, blur, fill, only_masked: onlyMasked, padding, outside } = mask;
  if (file === null && schedule === null) return null;
  const hashOf = async ({ frame, mask: text = "{video_mask}" }: FramePlan): Promise<string> =>
    await pictures.hashAt(text, frame);
  const readOf = async (
    { frame, mask: text = "{video_mask}" }: FramePlan,
    deviation: number,
  ): Promise<Mask> => {
    const plane = await pictures.readAt(text, frame);
    const data = new Float32Array(3 * plane.length);
    for (const [i, white] of plane.entries()) data.fill(white, 3 * i, 3 * i + 3);
    return readMask({ ...size, data }, { invert, blur: deviation });
  };
  /** A mask that stays the same is read and blurred once. */
  const withBorders = (deviation: number): MaskRules["maskAt"] => {
    let last: { readonly key: string; readonly mask: Mask } | undefined;
    return async (frame) => {
      const key = `${frame.mask ?? ""} ${await hashOf(frame)}`;
      if (last?.key !== key) last = { key, mask: await readOf(frame, deviation) };
      return last.mask;
    };
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
    hashAt: async (frame) => (frame.diffuse || stands ? await hashOf(frame) : null),
    outside,
    maskAt: withBorders(blur),
    ...(stands && deforum_exact && { overlayAt: withBorders(0) }),
  };
}
