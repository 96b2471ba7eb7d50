/** The end of a loop: pictures are led to the first one, seen as the camera sees it on its way there. */

import type { FeedbackOptions } from "../feedback/feedback.ts";
import { finishMask } from "../diffusion/mask.ts";
import { addHoles } from "../motion/holes.ts";
import { inverseMotion } from "../motion/inverse-motion.ts";
import { warpImage } from "../motion/warp.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { type ByteImage, type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import { nearKernels } from "../tensor/near-kernels.ts";
import type { SeeDepth } from "./hole-fill.ts";
import { mixByMask } from "./keep-outside.ts";

/** The moved picture on its way to the first one, by `frame.closing`; the picture itself where there is none. */
export type LeadBack = (picture: RgbImage, first: ByteImage, frame: FramePlan) => Promise<RgbImage>;

/** The first picture some moves before it came to be. */
interface Earlier {
  readonly picture: ByteImage;
  /** Share of each pixel of which it knows nothing, because the camera had not come there: `height * width`. */
  readonly unknown: Float32Array;
}

/** Deviation of the border between what is known and what is not, as a share of the shorter side; pixels at most. */
const SOFTNESS = 1 / 32;
const SOFTEST = 40;

/**
 * What a frame is mixed with is the first picture taken back, move by move, to where it comes from. So what the camera does goes on over the
 * seam: a flight forward finds the first picture small and far ahead. Around it, where it shows nothing, the frame's own picture stays.
 *
 * @param plan in the order of rendering; the move of its first frame is the one from the last frame over the seam
 */
export function leadBack(
  plan: readonly FramePlan[],
  { feedback, findDepth }: { readonly feedback: FeedbackOptions; readonly findDepth?: SeeDepth | undefined },
): LeadBack {
  const known: Earlier[] = [];

  async function before({ picture, unknown }: Earlier, frame: FramePlan): Promise<Earlier> {
    const motion = inverseMotion(frame.motion, feedback.mode, feedback.perspectiveFlip);
    const depth = findDepth ? await findDepth(picture, { ...frame, motion }) : feedback.depth;
    const camera = { ...feedback, deforumExact: false, ...(depth !== undefined && { depth }) };
    return {
      picture: nearKernels(2, picture, () => toByteImage(warpImage(toFloatImage(picture), motion, camera))),
      unknown: addHoles(unknown, picture, motion, camera),
    };
  }

  return async (picture, first, { closing }) => {
    if (closing === undefined) return picture;
    known[0] ??= { picture: first, unknown: new Float32Array(first.width * first.height) };
    while (known.length <= closing.ahead) {
      const move = plan[(plan.length - known.length + 1) % plan.length]!;
      known.push(await before(known.at(-1)!, move));
    }
    const goal = known[closing.ahead]!;
    return mixByMask(picture, toFloatImage(goal.picture), shareOf(goal, closing.share));
  };
}

/** None of what is not known, and less and less towards it. */
function shareOf({ picture: { width, height }, unknown }: Earlier, share: number) {
  const blur = Math.min(SOFTEST, SOFTNESS * Math.min(width, height));
  const soft = finishMask({ width, height, data: unknown }, { invert: false, blur });
  return { width, height, data: soft.data.map((part) => share * Math.max(0, 1 - 2 * part)) };
}
