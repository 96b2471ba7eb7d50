/** What happens to a picture between two diffusions, in Deforum's fixed order. */

import type { CameraMotion } from "../motion/camera.ts";
import { warpImage, type WarpOptions } from "../motion/warp.ts";
import type { RgbImage } from "../tensor/image.ts";
import { nearKernels } from "../tensor/near-kernels.ts";
import { matchColors } from "./color-match.ts";
import type { ColorSpaceName } from "./color-space.ts";
import { adjustContrast } from "./contrast.ts";
import { toGrayscale } from "./grayscale.ts";
import { addNoise } from "./noise.ts";
import type { PerlinOptions } from "./perlin.ts";
import { sharpen, type UnsharpMask } from "./sharpen.ts";

/** The numbers of one frame that the feedback needs; a `FramePlan` is one. */
export interface FeedbackPlan {
  /** Seed of the noise, unless `noiseSeed` is there. */
  readonly seed: number;
  readonly noiseSeed?: number;
  readonly motion: CameraMotion;
  readonly noise: { readonly amount: number };
  readonly feedback: { readonly contrast: number; readonly sharpen: UnsharpMask };
}

/** What stays the same over a run: the camera's kind and edges ({@link WarpOptions}), and these. */
export interface FeedbackOptions extends WarpOptions {
  /** Color space of the match to the reference frame; `none` = no match. */
  readonly colorMatch: ColorSpaceName | "none";
  /** Default false. */
  readonly grayscale?: boolean;
  /** Default `perlin`. */
  readonly noiseType?: "perlin" | "uniform";
  readonly perlin?: PerlinOptions;
  /** Where this frame's noise falls, 0–1 per pixel, `height * width`; default everywhere. */
  readonly noiseMask?: Float32Array;
}

/**
 * The start picture of img2img: warp → color match → grayscale → contrast → sharpen → noise. Source: Deforum (behavior).
 *
 * Between the steps the picture stays float; only the histograms of the color match count in 256 levels. With
 * `options.deforumExact` every step gives whole 8-bit levels.
 *
 * @param previous the last picture, 0–1
 * @param reference picture whose colors to keep, any size; null = none yet, no match
 * @returns a picture of the same size as `previous`, 0–1
 * @throws RenderError when a number of the plan is not finite or describes no camera, or the sharpening kernel is even
 */
export function prepareInit(
  previous: RgbImage,
  plan: FeedbackPlan,
  reference: RgbImage | null,
  options: FeedbackOptions,
): RgbImage {
  return nearKernels(STEPS + 1, previous, () =>
    prepareNear(warpPicture(previous, plan, options), plan, reference, options),
  );
}

/** Pictures that are made while one is prepared: two by the match, one by each step after it. */
const STEPS = 5;

/** {@link prepareInit} for a picture that has been moved already. */
export function prepareMoved(
  moved: RgbImage,
  plan: FeedbackPlan,
  reference: RgbImage | null,
  options: FeedbackOptions,
): RgbImage {
  return nearKernels(STEPS, moved, () => prepareNear(moved, plan, reference, options));
}

function prepareNear(
  moved: RgbImage,
  plan: FeedbackPlan,
  reference: RgbImage | null,
  options: FeedbackOptions,
): RgbImage {
  const { contrast, sharpen: unsharp } = plan.feedback;
  const deforumExact = options.deforumExact ?? false;
  let picture = keepColors(moved, reference, options);
  if (contrast !== 1) picture = adjustContrast(picture, contrast, { deforumExact });
  // A negative amount would blur; Deforum leaves the step out.
  if (!(unsharp.amount <= 0)) picture = sharpen(picture, unsharp, { deforumExact });
  return addNoise(picture, plan.noise.amount, plan.noiseSeed ?? plan.seed, {
    type: options.noiseType ?? "perlin",
    perlin: options.perlin ?? {},
    ...(options.noiseMask && { mask: options.noiseMask }),
    deforumExact,
  });
}

/** A diffused picture with the reference's colors, so that the model's taste does not drift in: Deforum's second match. */
export function matchAfterGeneration(
  painted: RgbImage,
  reference: RgbImage | null,
  options: FeedbackOptions,
): RgbImage {
  return keepColors(painted, reference, options);
}

/** The picture under this frame's camera and nothing else: what the frames between two diffused ones show. */
export function warpPicture(
  picture: RgbImage,
  plan: Pick<FeedbackPlan, "motion">,
  options: WarpOptions,
): RgbImage {
  return warpImage(picture, plan.motion, options);
}

function keepColors(
  picture: RgbImage,
  reference: RgbImage | null,
  { colorMatch, grayscale = false, deforumExact = false }: FeedbackOptions,
): RgbImage {
  const matched =
    reference === null || colorMatch === "none"
      ? picture
      : matchColors(picture, reference, colorMatch, { deforumExact });
  return grayscale ? toGrayscale(matched, { deforumExact }) : matched;
}
