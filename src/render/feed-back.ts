/** What a frame makes of the picture before it, ahead of the model: moved by camera and input video, mixed, and holes filled. */

import { type FeedbackOptions, warpPicture } from "../feedback/feedback.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { type ByteImage, type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import { nearKernels } from "../tensor/near-kernels.ts";
import type { HoleFill } from "./hole-fill.ts";
import type { HybridEffects } from "./hybrid-input.ts";

export interface FedBack {
  /** The picture before, under this frame's camera and after the input video's motion. */
  readonly moved: RgbImage;
  /** The same with what is mixed into it: what the model starts from, but for colors, sharpening and noise. */
  readonly mixed: RgbImage;
}

/** Whatever else than the camera acts on the pictures; not given: nothing. */
interface Effects {
  readonly hybrid?: HybridEffects | undefined;
  /** Follows the frames; see {@link HoleFill}. */
  readonly holes?: HoleFill | undefined;
}

/**
 * @param before the last picture, moved up to the frame before this one
 * @param feedback with the depth of `before`
 */
export async function feedBack(
  before: ByteImage,
  frame: FramePlan,
  feedback: FeedbackOptions,
  { hybrid, holes }: Effects,
): Promise<FedBack> {
  const seen = seePicture(before, frame, feedback);
  const moved = hybrid ? await hybrid.move(seen, frame) : seen;
  const mixed = hybrid ? await mixIn(hybrid, before, seen, moved, frame) : moved;
  return { moved, mixed: holes ? holes.fill(mixed, before, frame) : mixed };
}

/** Pictures near the kernels while the camera moves one: before and after. */
const BOTH = 2;

/** The picture under this frame's camera. */
function seePicture(picture: ByteImage, frame: FramePlan, feedback: FeedbackOptions): RgbImage {
  return nearKernels(BOTH, picture, () => warpPicture(toFloatImage(picture), frame, feedback));
}

/** The picture under this frame's camera, and after the input video's motion. */
export async function movePicture(
  picture: ByteImage,
  frame: FramePlan,
  feedback: FeedbackOptions,
  hybrid: HybridEffects | undefined,
): Promise<ByteImage> {
  if (hybrid) return toByteImage(await hybrid.move(seePicture(picture, frame, feedback), frame));
  return nearKernels(BOTH, picture, () => toByteImage(warpPicture(toFloatImage(picture), frame, feedback)));
}

/**
 * The moved picture with that of the input video mixed in, ahead of the video's motion or after it.
 *
 * @param seen the picture before, under this frame's camera
 */
async function mixIn(
  hybrid: HybridEffects,
  before: ByteImage,
  seen: RgbImage,
  moved: RgbImage,
  frame: FramePlan,
): Promise<RgbImage> {
  const early = await hybrid.mix("before_motion", seen, frame, before);
  const after = early === seen ? moved : await hybrid.move(early, frame);
  return await hybrid.mix("normal", after, frame, before);
}
