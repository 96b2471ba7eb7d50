/** The depth of each frame for the loop: asked from the network, brought into world units, and fit for the move. */

import { worldDepth } from "../motion/depth.ts";
import { spreadSilhouettes } from "../motion/silhouette.ts";
import type { MotionPlan } from "../schedule/frame-plan.ts";
import type { Settings } from "../settings/schema.ts";
import { feedbackOptions } from "./feedback-options.ts";
import type { FindDepth } from "./frame-loop.ts";
import type { HoleOptions } from "./hole-fill.ts";
import type { FindNearness } from "./hybrid-input.ts";
import type { Inference } from "./inference-process.ts";

/** @returns undefined when the run has no depth network: pictures are planes */
export function sceneDepth({ mode, motion }: Settings, inference: Inference): FindDepth | undefined {
  const isDeep = mode === "3d" && motion.depth.model !== "plane";
  if (inference.depth === null || !isDeep) return undefined;
  const kind = inference.depth.output === "nearness" ? "nearness" : motion.depth.kind;
  return async (picture, { motion: camera }) => {
    if (standsStill(camera)) return null;
    const depth = worldDepth(await inference.estimateDepth(picture), kind, motion.depth);
    return depth && spreadSilhouettes(depth, picture, camera);
  };
}

/** What is to be done about holes; undefined = nothing, they are smeared. */
export function sceneHoles(settings: Settings, inference: Inference): HoleOptions | undefined {
  const { mode, motion } = settings;
  if (motion.holes === "smear") return undefined;
  const isDeep = inference.depth !== null && mode === "3d" && motion.depth.model !== "plane";
  const kind = inference.depth?.output === "nearness" ? "nearness" : motion.depth.kind;
  return {
    fill: motion.holes,
    camera: feedbackOptions(settings),
    seeDepth: async (picture, { motion: camera }) =>
      isDeep && !standsStill(camera)
        ? worldDepth(await inference.estimateDepth(picture), kind, motion.depth)
        : null,
  };
}

/**
 * How near everything in a picture is, for masks: 255 = nearest, 0 = farthest; all 255 where the picture is a plane. The run must have a
 * depth network.
 */
export function sceneNearness({ motion }: Settings, inference: Inference): FindNearness {
  return async (picture) => {
    if (inference.depth === null) throw new TypeError("the run has no depth network");
    const kind = inference.depth.output === "nearness" ? "nearness" : motion.depth.kind;
    const { near, far } = motion.depth;
    const depth = worldDepth(await inference.estimateDepth(picture), kind, motion.depth);
    const levels = new Uint8Array(picture.width * picture.height).fill(255);
    return depth ? levels.map((_, i) => Math.round((255 * (far - depth[i]!)) / (far - near))) : levels;
  };
}

/** A camera that does not move shows every depth alike. */
function standsStill(camera: MotionPlan): boolean {
  const { translation_x, translation_y, translation_z, rotation_3d_x, rotation_3d_y, rotation_3d_z } = camera;
  return [translation_x, translation_y, translation_z, rotation_3d_x, rotation_3d_y, rotation_3d_z].every(
    (value) => value === 0,
  );
}
