/** The pictures that a run reads besides those that it draws, opened ahead of its first frame. */

import type { Settings } from "../settings/schema.ts";
import { drawsSingly } from "../settings/check-mode.ts";
import type { ByteImage } from "../tensor/image.ts";
import { readRunColors, type RunColors } from "./color-rules.ts";
import { type GuidedInput, openGuidedInput } from "./guided-input.ts";
import { type HybridInput, openHybridInput } from "./hybrid-input.ts";
import { readInitImage } from "./init-image.ts";
import { byPath, type Locate } from "./locate.ts";
import { type MaskInput, maskInput } from "./mask-input.ts";
import { openMaskPictures } from "./mask-pictures.ts";
import { type NoiseMask, noiseMaskOf } from "./noise-mask.ts";

export interface RunPictures {
  /** What frame 0 is drawn over: a picture of its own, else the first of the guided ones, else that of the input video; null for none. */
  readonly initImage: ByteImage | null;
  readonly colors: RunColors;
  readonly mask: MaskInput | null;
  readonly noiseMask: NoiseMask | null;
  readonly hybrid: HybridInput | null;
  readonly guided: GuidedInput | null;
}

/**
 * Opens all of them. Frames that are drawn singly follow no video and no guides.
 *
 * @param runFolder where pictures of videos are kept
 * @throws FileError or EncodeError with the place of the setting when one cannot be read
 */
export async function openRunPictures(
  settings: Settings,
  scheduleFolder: string,
  runFolder: string,
  locate: Locate = byPath,
): Promise<RunPictures> {
  const isSingle = drawsSingly(settings);
  const hybrid = isSingle ? null : await openHybridInput(settings, scheduleFolder, runFolder, locate);
  const guided = isSingle ? null : await openGuidedInput(settings, scheduleFolder, locate);
  const ownImage = await readInitImage(settings, scheduleFolder, locate);
  const initImage = ownImage ?? guided?.first ?? hybrid?.initImage ?? null;
  const video = hybrid && hybrid.pictures;
  const colors = await readRunColors(settings, scheduleFolder, initImage !== null, video);
  const maskPictures = await openMaskPictures(settings, scheduleFolder, runFolder, locate);
  return {
    initImage,
    colors,
    mask: maskInput(settings, maskPictures),
    noiseMask: noiseMaskOf(settings, maskPictures),
    hybrid,
    guided,
  };
}
