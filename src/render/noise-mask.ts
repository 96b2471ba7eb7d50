/** Where the grain of the fed-back pictures falls, and what of it decides pixels. */

import type { FramePlan } from "../schedule/frame-plan.ts";
import { drawsSingly } from "../settings/check-mode.ts";
import type { Settings } from "../settings/schema.ts";
import { maskText } from "./mask-input.ts";
import { adjustmentFacts, type MaskPictures } from "./mask-pictures.ts";
import type { FindWords } from "./word-masks.ts";

export interface NoiseMask {
  /** What decides pixels and is the same for all frames; what the mask is put together from is in each frame's plan. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** sha256 of the files that a frame's mask is read from; null for frames that get no grain. */
  readonly hashAt: (frame: FramePlan) => Promise<string | null>;
  /**
   * How much of the frame's noise falls on each pixel, 0–1, `height * width`.
   *
   * @param find what words name in the picture that gets the noise
   */
  readonly maskAt: (frame: FramePlan, find: FindWords) => Promise<Float32Array>;
}

/**
 * The mask of the settings; without one, where Deforum's masks are followed to the letter, that of the model, with hard borders.
 *
 * @returns null for a run whose noise falls everywhere, or that has none because its frames are drawn singly
 */
export function noiseMaskOf(
  settings: Pick<Settings, "noise" | "mask" | "mode" | "deforum_exact">,
  pictures: MaskPictures,
): NoiseMask | null {
  const { file, schedule, outside, invert } = settings.mask;
  const isMasked = file !== null || schedule !== null;
  // Elsewhere what is outside the mask gets no noise as it is.
  const follows = settings.deforum_exact && outside === "start" && isMasked;
  if ((settings.noise.mask === null && !follows) || drawsSingly(settings)) return null;
  const read = pictures.reader((plane) => (invert ? plane.map((white) => 1 - white) : plane));
  return {
    facts: { invert, ...adjustmentFacts(settings.mask) },
    hashAt: async (plan) => (plan.diffuse ? await pictures.hashAt(textOf(plan), plan.frame) : null),
    maskAt: (plan, find) => read(textOf(plan), plan.frame, find),
  };
}

/** What a frame's mask is put together from. */
function textOf(plan: FramePlan): string {
  return plan.noise.mask ?? maskText(plan);
}
