/** The depth of each frame for the loop: asked from the network, brought into world units, and fit for the move. */

import { worldDepth } from "../motion/depth.ts";
import { spreadSilhouettes } from "../motion/silhouette.ts";
import type { MotionPlan } from "../schedule/frame-plan.ts";
import type { Settings } from "../settings/schema.ts";
import type { FindDepth } from "./frame-loop.ts";
import type { Inference } from "./inference-process.ts";

/** @returns undefined when the run has no depth network: pictures are planes */
export function sceneDepth({ motion }: Settings, inference: Inference): FindDepth | undefined {
  if (inference.depth === null) return undefined;
  const kind = inference.depth.output === "nearness" ? "nearness" : motion.depth.kind;
  return async (picture, { motion: camera }) => {
    if (standsStill(camera)) return null;
    const depth = worldDepth(await inference.estimateDepth(picture), kind, motion.depth.far);
    return depth && spreadSilhouettes(depth, picture, camera);
  };
}

/** A camera that does not move shows every depth alike. */
function standsStill(camera: MotionPlan): boolean {
  const { translation_x, translation_y, translation_z, rotation_3d_x, rotation_3d_y, rotation_3d_z } = camera;
  return [translation_x, translation_y, translation_z, rotation_3d_x, rotation_3d_y, rotation_3d_z].every(
    (value) => value === 0,
  );
}
