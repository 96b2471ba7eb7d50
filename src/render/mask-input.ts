/** The mask of a run: where each frame may change, and what of it decides pixels. */

import { join } from "node:path";
import { openInputPictures } from "../control/input-pictures.ts";
import { type Mask, readMask } from "../diffusion/mask.ts";
import type { MaskFill } from "../diffusion/inpaint.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import type { Settings } from "../settings/schema.ts";
import { toFloatImage } from "../tensor/image.ts";
import { byPath, type Locate, placeOf } from "./locate.ts";

export interface MaskInput {
  readonly fill: MaskFill;
  readonly onlyMaskedPadding: number | null;
  /** What decides pixels and is the same for all frames. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** sha256 of the file that a frame's mask is read from; null for frames that are not drawn. */
  readonly hashAt: (frame: FramePlan) => Promise<string | null>;
  /** The frame's mask, with soft borders. */
  readonly maskAt: (frame: FramePlan) => Promise<Mask>;
}

/**
 * Opens the mask of the settings; a video's pictures are extracted into the run folder.
 *
 * @returns null for a run without
 * @throws FileError or EncodeError when it cannot be read
 */
export async function openMaskInput(
  { mask, size, fps, frames }: Settings,
  scheduleFolder: string,
  runFolder: string,
  locate: Locate = byPath,
): Promise<MaskInput | null> {
  const { file, invert, blur, fill, only_masked: onlyMasked, padding } = mask;
  if (file === null) return null;
  const pictures = (await openInputPictures({
    input: file,
    baseFolder: scheduleFolder,
    cacheFolder: join(runFolder, "inputs", "mask"),
    size,
    fps,
    frames,
    setting: placeOf(locate, ["mask", "file"]),
    purpose: "mask",
  }))!;
  let last: { readonly hash: string; readonly mask: Mask } | undefined;
  return {
    fill,
    onlyMaskedPadding: onlyMasked ? padding : null,
    facts: { invert, blur, fill, only_masked: onlyMasked, ...(onlyMasked && { padding }) },
    hashAt: async ({ frame, diffuse }) => (diffuse ? await pictures.hashAt(frame) : null),
    async maskAt({ frame }) {
      // A mask that stays the same is read and blurred once.
      const hash = await pictures.hashAt(frame);
      if (last?.hash !== hash) {
        const picture = toFloatImage(await pictures.readAt(frame));
        last = { hash, mask: readMask(picture, { invert, blur }) };
      }
      return last.mask;
    },
  };
}
