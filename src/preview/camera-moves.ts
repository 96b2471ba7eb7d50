/** One frame's camera as the moves that the frame loop makes of it, in their order. */

import { type CameraMotion, flipMatrix, matrix2d, type Size } from "../motion/camera.ts";
import type { CameraView } from "../motion/camera-view.ts";
import type { WarpOptions } from "../motion/warp.ts";
import { viewByMatrix } from "../motion/warp2d.ts";
import { viewInDepth } from "../motion/warp3d.ts";

/**
 * As `warpImage` moves pixels: in 2D one homography; in 3D the perspective flip, if it is on, and then the camera.
 *
 * @param depth world depth per pixel, or null for a plane at depth 1; 3D only
 * @throws RenderError when the numbers describe no camera
 */
export function cameraMoves(
  size: Size,
  motion: CameraMotion,
  { mode, perspectiveFlip = false }: WarpOptions,
  depth: Float32Array | null,
): CameraView[] {
  if (mode === "2d") return [viewByMatrix(matrix2d(size, motion, perspectiveFlip ? motion : null))];
  const camera = viewInDepth(size, motion, depth, motion.aspect_ratio ?? 1);
  if (!perspectiveFlip) return [camera];
  const flip = viewByMatrix(flipMatrix(size, motion));
  return motion.perspective_flip_back ? [camera, flip] : [flip, camera];
}
