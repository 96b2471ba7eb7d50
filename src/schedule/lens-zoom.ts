/** How much the lens enlarges the picture from one frame to the next, where its field of view counts as one. */

import type { Settings } from "../settings/schema.ts";
import { drawingOrder } from "./drawing-order.ts";
import { loopFrames } from "./loop-plan.ts";

const RADIANS = Math.PI / 180;

/**
 * Reads the factor of a frame: its focal length by that of the frame before, with a focal length of 1 / tan(fov / 2). In a video that repeats
 * the last frame is before frame 0. Gives undefined without `motion.fov_zoom`, and in 2D.
 *
 * @param fov degrees, one per frame, not 0
 */
export function lensZoomReader(settings: Settings, fov: Float64Array): (frame: number) => number | undefined {
  const { mode, motion } = settings;
  if (mode !== "3d" || !motion.fov_zoom) return () => undefined;
  const beforeFirst = loopFrames(settings) > 0 ? drawingOrder(settings).count - 1 : 0;
  const spread = (frame: number): number => Math.abs(Math.tan((fov[frame]! * RADIANS) / 2));
  return (frame) => spread(frame > 0 ? frame - 1 : beforeFirst) / spread(frame);
}
