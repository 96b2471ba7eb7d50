/** The frame loop: one picture becomes the next, frame by frame, cadence included. Knows no model, no file and no terminal. */

import {
  type FeedbackOptions,
  matchAfterGeneration,
  prepareMoved,
  warpPicture,
} from "../feedback/feedback.ts";
import type { FindFlow } from "../flow/estimate.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { type ByteImage, type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import { colorMemory, type ColorRules } from "./color-memory.ts";
import { drawAgain, type RedoOptions } from "./draw-again.ts";
import { beginBlock, type BlockFlow, moveBlock } from "./exact-bend.ts";
import { feedBack, movePicture } from "./feed-back.ts";
import { fillHoles, type HoleOptions } from "./hole-fill.ts";
import type { HybridEffects } from "./hybrid-input.ts";
import { keepOutside, type MaskRules, putStartBack } from "./keep-outside.ts";
import { leadBack } from "./lead-back.ts";
import { sinceDrawn } from "./since-drawn.ts";
import { along, bend } from "./tween.ts";

/** Makes the picture of one diffused frame: the model, or a stand-in in tests. */
export type Paint = (
  /** Start picture of img2img, or null for text-to-image. */
  init: RgbImage | null,
  plan: FramePlan,
  /** Share of each pixel that the camera has uncovered and the model shall draw anew, `height * width`; null or not given = none. */
  holes?: Float32Array | null,
) => Promise<RgbImage>;

/**
 * What survives a frame, whole: with it and the plan, the rest of the run is decided. Pictures are 8-bit, exactly as saved, so that a
 * resumed run continues from the same bytes.
 */
export interface LoopState {
  /** Place in the plan of the frame to render next; its number too, unless the animation is rendered backward. */
  readonly nextFrame: number;
  /** Last diffused picture, moved along with the camera since; null before the first. */
  readonly newer: ByteImage | null;
  /** The diffused picture before that, moved along too; null without frames between. */
  readonly older: ByteImage | null;
  /** Picture whose colors the following frames keep to; null while there is none. */
  readonly colorReference: ByteImage | null;
}

export interface RenderedFrame {
  readonly plan: FramePlan;
  readonly image: ByteImage;
  /** State after this frame: what a checkpoint stores. */
  readonly state: LoopState;
  /** Whether a run can go on from this state; between diffused frames it is cheaper to move the pictures again. */
  readonly resumable: boolean;
}

/**
 * World depth of a picture under a frame's camera, `height * width`; null = a plane. Asked once per frame, before the move, with the newer
 * of the pictures that are moved.
 */
export type FindDepth = (picture: ByteImage, plan: FramePlan) => Promise<Float32Array | null>;

export interface LoopOptions {
  readonly feedback: FeedbackOptions;
  /** Output frames per diffused frame, ≥ 1; where the plan says how two pictures share a frame, that counts. */
  readonly cadence: number;
  /** Start picture of the first frame, or null to begin with text-to-image. */
  readonly initImage: ByteImage | null;
  readonly colors: ColorRules;
  /** Default: the depth that `feedback` has, if any, for all frames. */
  readonly findDepth?: FindDepth;
  /** Where a frame may change, and what stands elsewhere; not given: everywhere. */
  readonly mask?: MaskRules | undefined;
  /** Where noise falls on a moved picture, 0–1 per pixel, `height * width`; not given: everywhere. */
  readonly noiseMaskAt?: ((plan: FramePlan, picture: RgbImage) => Promise<Float32Array>) | undefined;
  /** What becomes of what the camera uncovers; not given: it is smeared. */
  readonly holes?: HoleOptions | undefined;
  /** With cadence: bends one picture into the other along this flow; not given: fades. */
  readonly findTweenFlow?: FindFlow | undefined;
  /** Drawings before the one that counts; not given: none. */
  readonly redo?: RedoOptions | undefined;
  /** What an input video does to the pictures; not given: nothing. */
  readonly hybrid?: HybridEffects | undefined;
  /** The plan's first frame as it was rendered, for a loop that is resumed; not given: nothing leads back, or it is rendered now. */
  readonly firstPicture?: ByteImage | undefined;
  /** Stops between two frames. */
  readonly signal: AbortSignal;
}

/** The state before the first frame. */
export const INITIAL_STATE: LoopState = { nextFrame: 0, newer: null, older: null, colorReference: null };

/** Fed back into the first frame. */
const NOTHING = { moved: null, mixed: null };

/**
 * Renders the frames of `plan`, in its order, from `start.nextFrame` on, one yield per output frame.
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
  let { newer, older } = start;
  const colors = colorMemory(options.colors, plan[0]?.promptKey ?? 0, start.colorReference, sinceDrawn(plan));
  let block: BlockFlow | null = null;
  const { cadence, findTweenFlow = null, redo, mask, hybrid, initImage } = options;
  const hasTweens = cadence > 1 || plan[0]?.newerShare !== undefined;
  let first = options.firstPicture ?? null;
  const holes = options.holes && fillHoles(options.holes);
  const lead = leadBack(plan, options);
  const leadOn = async (picture: RgbImage | null, frame: FramePlan): Promise<RgbImage | null> =>
    picture && first ? await lead(picture, first, frame) : picture;
  for (let step = start.nextFrame; step < plan.length; step++) {
    const frame = plan[step]!;
    if (options.signal.aborted) return;
    const feedback = await feedbackInDepth(newer, frame, options);
    if (newer) await holes?.follow(newer, frame);
    const share = frame.newerShare ?? ((step % cadence) + 1) / cadence;
    if (frame.diffuse || newer === null) {
      await colors.meet(frame);
      const before = newer;
      const { moved, mixed } = before ? await feedBack(before, frame, feedback, { hybrid, holes }) : NOTHING;
      const led = await leadOn(mixed, frame);
      const prepared = await startPicture(led, frame, colors.before(frame, led), { ...options, feedback });
      const kept = mask && (await keepOutside(mask, frame, await leadOn(moved, frame), initImage));
      const draw = (init: RgbImage, planned: FramePlan): Promise<RgbImage> =>
        paint(kept ? kept.begin(init) : init, planned, holes?.toDraw);
      const init = prepared && moved && redo ? await drawAgain(prepared, moved, frame, draw, redo) : prepared;
      const drawn = await (init ? draw(init, frame) : paint(null, frame));
      const painted = before && hybrid ? await hybrid.mix("after_generation", drawn, frame, before) : drawn;
      older = hasTweens && moved ? toByteImage(moved) : null;
      const matched = matchAfterGeneration(painted, colors.after(frame), options.feedback);
      newer = toByteImage(kept ? kept.finish(matched) : matched);
      colors.remember(frame, newer);
      if (step === 0) first = newer;
      holes?.clear();
      block = null;
      if (findTweenFlow && feedback.deforumExact && before && hasTweens && frame.strength > 0) {
        ({ newer, flow: block } = await beginBlock(before, newer, findTweenFlow));
      }
    } else {
      newer = await movePicture(newer, frame, feedback, hybrid);
      older = older && (await movePicture(older, frame, feedback, hybrid));
    }
    const factor = frame.flow?.cadence_factor ?? 1;
    if (block && older) {
      block = moveBlock(block, newer, (picture) =>
        warpPicture(picture, frame, { ...feedback, deforumExact: false }),
      );
      older = along(older, block, share * factor);
      if (!frame.diffuse) newer = along(newer, block, share * factor);
    }
    const bends = findTweenFlow && !feedback.deforumExact;
    const shown = older ? await bend(older, newer, share, bends ? factor : 0, findTweenFlow) : newer;
    yield {
      plan: frame,
      image: mask && (older || !frame.diffuse) ? await putStartBack(mask, frame, shown, initImage) : shown,
      state: { nextFrame: step + 1, newer, older, colorReference: colors.reference },
      resumable: block ? share === 1 : frame.diffuse,
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

/** What img2img starts from: the moved picture, prepared; on the first frame the init image as it is, or nothing. */
async function startPicture(
  moved: RgbImage | null,
  frame: FramePlan,
  reference: RgbImage | null,
  { initImage, feedback, noiseMaskAt }: LoopOptions,
): Promise<RgbImage | null> {
  if (!moved) return initImage && toFloatImage(initImage);
  const noiseMask = await noiseMaskAt?.(frame, moved);
  return prepareMoved(moved, frame, reference, noiseMask ? { ...feedback, noiseMask } : feedback);
}
