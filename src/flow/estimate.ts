/** Optical flow between two pictures, by the method of the settings. */

import type { ByteImage } from "../tensor/image.ts";
import { DIS_PRESETS, disFlow } from "./dis.ts";
import { farnebackFlow } from "./farneback.ts";
import { grayPlane } from "./gray-plane.ts";

/** Names as in the settings. */
export type FlowMethod = keyof typeof DIS_PRESETS | "farneback";

/**
 * Pixel p of `previous` is found at p + flow(p) in `next`.
 *
 * @param next of the same size
 * @returns `[height, width, 2]`: right and down, pixels
 */
export function estimateFlow(method: FlowMethod, previous: ByteImage, next: ByteImage): Float32Array {
  const { width, height } = previous;
  const planes = [grayPlane(previous), grayPlane(next)] as const;
  return method === "farneback"
    ? farnebackFlow(...planes, width, height)
    : disFlow(...planes, width, height, DIS_PRESETS[method]);
}
