/** One frame's camera move, whichever kind: 2D by matrix, or 3D by depth. */

import { type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import { type CameraMotion, flipMatrix, matrix2d } from "./camera.ts";
import type { Padding } from "./padding.ts";
import type { Sampling } from "./sampling.ts";
import { warp2d } from "./warp2d.ts";
import { warp3d } from "./warp3d.ts";

export interface WarpOptions {
  readonly mode: "2d" | "3d";
  /** Outside of the picture in 2D and for the perspective flip: its edge pixel, or the picture again. Default `replicate`. */
  readonly border?: "replicate" | "wrap";
  /** Outside of the picture in 3D. Default `border`. */
  readonly padding?: Padding;
  /** 3D; 2D and the perspective flip are bilinear. Default `bicubic`. */
  readonly sampling?: Sampling;
  /** Use the four perspective_flip numbers. Default false. */
  readonly perspectiveFlip?: boolean;
  /** 3D: world depth per pixel, `height * width`; null (default) = a plane. */
  readonly depth?: Float32Array | null;
  /**
   * Work in 8 bits and with Deforum's defects: 2D rounds, 3D truncates to whole levels, the flip shrinks and drops the 2D translation.
   * Default false.
   */
  readonly deforumExact?: boolean;
}

/**
 * Moves `image` as the camera of one frame does.
 *
 * @param motion camera numbers of the frame, `FramePlan.motion`
 * @returns a picture of the same size, 0–1
 * @throws RenderError when the numbers describe no camera (zoom 0, fov 0 or 180, NaN)
 */
export function warpImage(image: RgbImage, motion: CameraMotion, options: WarpOptions): RgbImage {
  const { mode, border = "replicate", perspectiveFlip = false, deforumExact = false } = options;
  const padding2d = border === "wrap" ? "wrap" : "border";
  const settle = deforumExact ? roundLevels : (picture: RgbImage) => picture;

  if (mode === "2d") {
    const matrix = matrix2d(image, motion, perspectiveFlip ? motion : null, { deforumExact });
    return settle(warp2d(image, matrix, padding2d));
  }
  const flip = (picture: RgbImage) =>
    settle(warp2d(picture, flipMatrix(image, motion, { deforumExact }), padding2d));
  const fly = (picture: RgbImage) =>
    warp3d(picture, motion, {
      depth: options.depth ?? null,
      sampling: options.sampling ?? "bicubic",
      padding: options.padding ?? "border",
      aspect: motion.aspect_ratio ?? 1,
      deforumExact,
    });
  if (!perspectiveFlip) return fly(image);
  return motion.perspective_flip_back ? flip(fly(image)) : fly(flip(image));
}

function roundLevels(image: RgbImage): RgbImage {
  return toFloatImage(toByteImage(image));
}
