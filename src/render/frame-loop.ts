/** The frame loop: one picture becomes the next, frame by frame, cadence included. Knows no model, no file and no terminal. */

import {
  type FeedbackOptions,
  matchAfterGeneration,
  prepareInit,
  warpPicture,
} from "../feedback/feedback.ts";
import type { Mask } from "../diffusion/mask.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { type ByteImage, type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import { type ColorReferenceMode, colorPhase } from "./color-phase.ts";
import { keepBlack, mixByMask } from "./keep-outside.ts";

/** Makes the picture of one diffused frame: the model, or a stand-in in tests. */
export type Paint = (
  /** Start picture of img2img, or null for text-to-image. */
  init: RgbImage | null,
  plan: FramePlan,
) => Promise<RgbImage>;

/**
 * What survives a frame, whole: with it and the plan, the rest of the run is decided. Pictures are 8-bit, exactly as saved, so that a
 * resumed run continues from the same bytes.
 */
export interface LoopState {
  /** The frame to render next. */
  readonly nextFrame: number;
  /** Last diffused picture, moved along with the camera since; null before the first. */
  readonly newer: ByteImage | null;
  /** The diffused picture before that, moved along too; null with cadence 1. */
  readonly older: ByteImage | null;
  /** Picture whose colors the following frames keep to; null while there is none. */
  readonly colorReference: ByteImage | null;
}

export interface RenderedFrame {
  readonly plan: FramePlan;
  readonly image: ByteImage;
  /** State after this frame: what a checkpoint stores. */
  readonly state: LoopState;
}

/**
 * World depth of a picture under a frame's camera, `height * width`; null = a plane. Asked once per frame, before the move, with the newer
 * of the pictures that are moved.
 */
export type FindDepth = (picture: ByteImage, plan: FramePlan) => Promise<Float32Array | null>;

export interface LoopOptions {
  readonly feedback: FeedbackOptions;
  /** Output frames per diffused frame, ≥ 1. */
  readonly cadence: number;
  /** Start picture of frame 0, or null to begin with text-to-image. */
  readonly initImage: ByteImage | null;
  readonly colorReference: ColorReferenceMode;
  /** Default: the depth that `feedback` has, if any, for all frames. */
  readonly findDepth?: FindDepth;
  /** Where a frame may change; not given: everywhere. */
  readonly maskAt?: ((plan: FramePlan) => Promise<Mask>) | undefined;
  /** Stops between two frames. */
  readonly signal: AbortSignal;
}

/** The state before frame 0. */
export const INITIAL_STATE: LoopState = { nextFrame: 0, newer: null, older: null, colorReference: null };

/**
 * Renders the frames of `plan` from `start.nextFrame` on, one yield per output frame.
 *
 * A diffused frame is: warp → color match → contrast → sharpen → noise → paint → color match (Deforum's order). With cadence n > 1 the
 * frames up to the next diffused one show the last two diffused pictures, both moved by every frame's camera, blended from older to
 * newer (Deforum's cadence; unlike Deforum, the last block is written too).
 */
export async function* renderFrames(
  plan: readonly FramePlan[],
  start: LoopState,
  paint: Paint,
  options: LoopOptions,
): AsyncGenerator<RenderedFrame, void, void> {
  let { newer, older, colorReference } = start;
  let referenceColors = colorReference && toFloatImage(colorReference);
  for (const frame of plan.slice(start.nextFrame)) {
    if (options.signal.aborted) return;
    const feedback = await feedbackInDepth(newer, frame, options);
    const moving = { ...options, feedback };
    if (frame.diffuse || newer === null) {
      const phase = colorPhase(frame, plan[0]!.promptKey, options.colorReference);
      const reference = phase === "keep" ? referenceColors : null;
      const prepared = startPicture(newer, frame, reference, moving);
      const kept = options.maskAt && keptPicture(newer, frame, moving);
      const mask = kept && (await options.maskAt(frame));
      const painted = await paint(kept && mask ? mixByMask(kept, prepared!, mask) : prepared, frame);
      older = options.cadence > 1 && newer ? moved(newer, frame, feedback) : null;
      const matched = matchAfterGeneration(painted, reference, options.feedback);
      newer = toByteImage(kept && mask ? keepBlack(kept, matched, mask) : matched);
      if (phase === "take" || (phase === "keep" && colorReference === null)) {
        colorReference = newer;
        referenceColors = toFloatImage(newer);
      }
    } else {
      newer = moved(newer, frame, feedback);
      older = older && moved(older, frame, feedback);
    }
    const share = ((frame.frame % options.cadence) + 1) / options.cadence;
    yield {
      plan: frame,
      image: older ? blend(older, newer, share) : newer,
      state: { nextFrame: frame.frame + 1, newer, older, colorReference },
    };
  }
}

/** The feedback of one frame: with the depth of the picture that it moves. */
async function feedbackInDepth(
  newer: ByteImage | null,
  frame: FramePlan,
  { feedback, findDepth }: LoopOptions,
): Promise<FeedbackOptions> {
  if (findDepth === undefined || newer === null) return feedback;
  return { ...feedback, depth: await findDepth(newer, frame) };
}

/** What img2img starts from: the previous picture, prepared; on frame 0 the init image as it is, or nothing. */
function startPicture(
  previous: ByteImage | null,
  frame: FramePlan,
  reference: RgbImage | null,
  { initImage, feedback }: LoopOptions,
): RgbImage | null {
  if (previous) return prepareInit(toFloatImage(previous), frame, reference, feedback);
  return initImage && toFloatImage(initImage);
}

/** What stays outside a mask: the previous picture under this frame's camera, on frame 0 the init image; null without either. */
function keptPicture(previous: ByteImage | null, frame: FramePlan, options: LoopOptions): RgbImage | null {
  const kept = previous ? moved(previous, frame, options.feedback) : options.initImage;
  return kept && toFloatImage(kept);
}

/** The picture under this frame's camera, nothing else. */
function moved(picture: ByteImage, frame: FramePlan, feedback: FeedbackOptions): ByteImage {
  return toByteImage(warpPicture(toFloatImage(picture), frame, feedback));
}

/** `older` · (1 − share) + `newer` · share, rounded. */
function blend(older: ByteImage, newer: ByteImage, share: number): ByteImage {
  if (share === 1) return newer;
  const data = new Uint8Array(newer.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = older.data[i]! * (1 - share) + newer.data[i]! * share + 0.5;
  }
  return { width: newer.width, height: newer.height, data };
}
