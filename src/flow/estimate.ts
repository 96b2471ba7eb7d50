/** Optical flow between two pictures, by the method of the settings. */

import type { ByteImage } from "../tensor/image.ts";
import { DIS_PRESETS, disFlow } from "./dis.ts";
import { farnebackFlow } from "./farneback.ts";
import { grayPlane } from "./gray-plane.ts";
import type { PlaneSize } from "./pyramid.ts";

/** Names as in the settings. */
export type FlowMethod = keyof typeof DIS_PRESETS | "farneback";

/**
 * Pixel p of `previous` is found at p + flow(p) in `next`.
 *
 * @param next of the same size
 * @returns `[height, width, 2]`: right and down, pixels
 */
export function estimateFlow(method: FlowMethod, previous: ByteImage, next: ByteImage): Float32Array {
  return estimatePlaneFlow(method, grayPlane(previous), grayPlane(next), previous);
}

/** {@link estimateFlow} for pictures whose brightness is known, see {@link grayPlane}. */
export function estimatePlaneFlow(
  method: FlowMethod,
  previous: Float32Array,
  next: Float32Array,
  { width, height }: PlaneSize,
): Float32Array {
  return method === "farneback"
    ? farnebackFlow(previous, next, width, height)
    : disFlow(previous, next, width, height, DIS_PRESETS[method]);
}
