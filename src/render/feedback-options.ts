/** From settings to what the feedback between two frames needs. */

import type { FeedbackOptions } from "../feedback/feedback.ts";
import type { Settings } from "../settings/schema.ts";

export function feedbackOptions({ mode, deforum_exact, motion, noise, feedback }: Settings): FeedbackOptions {
  return {
    // Frames that are drawn singly are not moved at all.
    mode: mode === "2d" ? "2d" : "3d",
    border: motion.border,
    padding: motion.padding,
    sampling: motion.sampling,
    perspectiveFlip: motion.perspective_flip,
    deforumExact: deforum_exact,
    colorMatch: feedback.color_match,
    grayscale: feedback.grayscale,
    noiseType: noise.type,
    perlin: {
      rows: noise.perlin_width,
      columns: noise.perlin_height,
      octaves: noise.octaves,
      persistence: noise.persistence,
    },
  };
}
