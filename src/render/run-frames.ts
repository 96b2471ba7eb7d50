/** The frames of a run, by the loop that its mode asks for. */

import type { FramePlan } from "../schedule/frame-plan.ts";
import { drawsSingly } from "../settings/check-mode.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage, RgbImage } from "../tensor/image.ts";
import { feedbackOptions } from "./feedback-options.ts";
import type { ChooseFlow } from "./find-flow.ts";
import { flowOptions } from "./flow-options.ts";
import {
  type FindDepth,
  type LoopOptions,
  type LoopState,
  type Paint,
  type RenderedFrame,
  renderFrames,
} from "./frame-loop.ts";
import { guidePaint } from "./guided-input.ts";
import type { HybridExtras } from "./hybrid-extras.ts";
import type { FindNearness } from "./hybrid-input.ts";
import type { MaskInput } from "./mask-input.ts";
import type { RunPictures } from "./run-pictures.ts";
import { renderSingleFrames } from "./single-frames.ts";
import type { StartVideo } from "./start-video.ts";
import { type FindWords, seeing } from "./word-masks.ts";

/** What is known of a run before its first frame. */
export interface PlannedRun extends RunPictures {
  /** With the seed drawn, and no more frames than there are pictures to draw over. */
  readonly settings: Settings;
  /** In the order of rendering. */
  readonly plan: readonly FramePlan[];
  /** Of mode video; null in other modes. */
  readonly startVideo: StartVideo | null;
}

/** What the frames take from networks besides the drawing, and when they end. */
export interface FrameTools {
  /** Not given: the scene is a plane. */
  readonly findDepth?: FindDepth | undefined;
  /** For masks of the input video by depth. */
  readonly findNearness: FindNearness;
  readonly chooseFlow: ChooseFlow;
  /** Takes what an input video brings into each frame; not given: only frames are kept. */
  readonly extras?: HybridExtras | undefined;
  readonly holes?: LoopOptions["holes"];
  /** For masks by words: what finds them in a picture. */
  readonly wordsIn: (picture: RgbImage) => FindWords;
  /** The plan's first frame as it was rendered, for a run that goes on. */
  readonly firstPicture?: ByteImage | undefined;
  /** Stops between two frames. */
  readonly signal: AbortSignal;
}

/**
 * Renders the frames of a run from `start.nextFrame` on, one yield per frame.
 *
 * @param paint the model, or a stand-in in tests
 */
export function runFrames(
  { settings, plan, initImage, colors, mask, noiseMask, hybrid, guided, startVideo }: PlannedRun,
  start: LoopState,
  paint: Paint,
  { findDepth, findNearness, chooseFlow, extras, holes, wordsIn, firstPicture, signal }: FrameTools,
): AsyncGenerator<RenderedFrame, void, void> {
  const common = { feedback: feedbackOptions(settings), signal };
  if (drawsSingly(settings)) {
    return renderSingleFrames(plan, start, paint, {
      ...common,
      maskAt: mask ? seeing(mask.maskAt, wordsIn) : undefined,
      pictureAt: startVideo && startVideo.pictureAt,
      colors: colors.rules.image ?? null,
    });
  }
  return renderFrames(plan, start, guided ? guidePaint(paint, guided) : paint, {
    ...common,
    cadence: settings.cadence,
    mask: mask ? rulesOf(mask, wordsIn) : undefined,
    noiseMaskAt: noiseMask ? seeing(noiseMask.maskAt, wordsIn) : undefined,
    ...flowOptions(settings, chooseFlow),
    initImage,
    colors: colors.rules,
    holes,
    hybrid: hybrid?.effects({ findNearness, chooseFlow, extras }),
    ...(findDepth && { findDepth }),
    firstPicture,
  });
}

/** What the loop is told of the mask: it has the picture in which words are looked for. */
function rulesOf(
  { outside, maskAt, overlayAt }: MaskInput,
  wordsIn: FrameTools["wordsIn"],
): LoopOptions["mask"] {
  return {
    outside,
    maskAt: seeing(maskAt, wordsIn),
    ...(overlayAt && { overlayAt: seeing(overlayAt, wordsIn) }),
  };
}
