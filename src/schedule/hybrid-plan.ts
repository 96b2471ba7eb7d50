/** What hybrid video does at each frame. */

import type { Settings } from "../settings/schema.ts";
import type { HybridPlan } from "./frame-plan.ts";

/** Reads the plan of a frame; gives undefined for animations without an input video. */
export function hybridReader(
  { hybrid }: Settings,
  read: (path: string) => Float64Array,
): (frame: number) => HybridPlan | undefined {
  if (hybrid.video === null) return () => undefined;
  const alpha = read("hybrid.alpha");
  const factor = read("hybrid.flow_factor");
  const blendAlpha = read("hybrid.mask.blend_alpha");
  const contrast = read("hybrid.mask.contrast");
  const low = read("hybrid.mask.auto_contrast_cutoff_low");
  const high = read("hybrid.mask.auto_contrast_cutoff_high");
  return (frame) => ({
    alpha: alpha[frame]!,
    flow_factor: factor[frame]!,
    mask: {
      blend_alpha: blendAlpha[frame]!,
      contrast: contrast[frame]!,
      auto_contrast_cutoff_low: low[frame]!,
      auto_contrast_cutoff_high: high[frame]!,
    },
  });
}
