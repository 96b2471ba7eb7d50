/** Optical flow between two pictures, by the method of the settings. */

import type { ByteImage } from "../tensor/image.ts";
import { DIS_PRESETS, disFlow } from "./dis.ts";
import { farnebackFlow } from "./farneback.ts";
import { grayPlane } from "./gray-plane.ts";
import type { PlaneSize } from "./pyramid.ts";

/** Names as in the settings. */
export type FlowMethod = keyof typeof DIS_PRESETS | "farneback";

/** Finds the flow from one picture to another of its size: `[height, width, 2]`, pixels right and down. */
export type FindFlow = (previous: ByteImage, next: ByteImage) => Float32Array | Promise<Float32Array>;

/** Whether a word of the settings is a method that needs no network. */
export function isFlowMethod(word: string): word is FlowMethod {
  return word === "farneback" || Object.hasOwn(DIS_PRESETS, word);
}

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

/** Finds flows by a method; the brightness of a picture that is asked about again is not computed again. */
export function flowBy(method: FlowMethod): FindFlow {
  const planes = new WeakMap<ByteImage, Float32Array>();
  const grayOf = (picture: ByteImage): Float32Array => {
    const plane = planes.get(picture) ?? grayPlane(picture);
    planes.set(picture, plane);
    return plane;
  };
  return (previous, next) => estimatePlaneFlow(method, grayOf(previous), grayOf(next), previous);
}
