/** Moves a picture of the animation as an input video moves. */

import { applyFlow } from "../flow/apply-flow.ts";
import { consistencyWeights, weighFlow } from "../flow/consistency.ts";
import { estimatePlaneFlow, type FindFlow } from "../flow/estimate.ts";
import { fitMotion } from "../flow/fit-motion.ts";
import { grayPlane } from "../flow/gray-plane.ts";
import type { Matrix3 } from "../motion/matrix3.ts";
import { warp2d } from "../motion/warp2d.ts";
import type { ByteImage, RgbImage } from "../tensor/image.ts";

export interface VideoMotionOptions {
  readonly motion: "optical_flow" | "perspective" | "affine";
  /** For optical_flow; the other two follow DIS flow. */
  readonly findFlow: FindFlow;
  /** Deviation of the blur over consistency weights, pixels; null = every vector counts. */
  readonly consistencyBlur: number | null;
  readonly deforumExact: boolean;
}

/** A motion between two pictures, ready to be applied. */
export type VideoMotion =
  | { readonly kind: "flow"; readonly flow: Float32Array }
  | { readonly kind: "matrix"; readonly matrix: Matrix3 };

/** What of the fitted motions' flow: half the size is enough for one move of the whole. */
const FIT_METHOD = "dis_medium";

/**
 * The motion from one picture to the next.
 *
 * @param to of the same size
 */
export async function findVideoMotion(
  from: ByteImage,
  to: ByteImage,
  options: VideoMotionOptions,
): Promise<VideoMotion> {
  if (options.motion !== "optical_flow") {
    const [before, after] = [grayPlane(from), grayPlane(to)];
    const flow = estimatePlaneFlow(FIT_METHOD, before, after, from);
    return { kind: "matrix", matrix: fitMotion(flow, before, from, options.motion) };
  }
  const { findFlow, consistencyBlur: blur, deforumExact } = options;
  const flow = await findFlow(from, to);
  if (blur === null) return { kind: "flow", flow };
  const back = await findFlow(to, from);
  return {
    kind: "flow",
    flow: weighFlow(flow, consistencyWeights(flow, back, from, { blur, deforumExact })),
  };
}

/**
 * The picture after the motion; what comes in at the edges is its mirror image.
 *
 * @param factor of a flow, 1 = all the way; a matrix goes all the way
 */
export function moveByVideo(picture: RgbImage, motion: VideoMotion, factor: number): RgbImage {
  return motion.kind === "flow"
    ? applyFlow(picture, motion.flow, factor)
    : warp2d(picture, motion.matrix, "mirror");
}
