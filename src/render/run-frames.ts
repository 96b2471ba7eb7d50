/** The frames of a run, by the loop that its mode asks for. */

import type { FramePlan } from "../schedule/frame-plan.ts";
import { drawsSingly } from "../settings/check-mode.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
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
import type { FindNearness } from "./hybrid-input.ts";
import type { RunPictures } from "./run-pictures.ts";
import { renderSingleFrames } from "./single-frames.ts";
import type { StartVideo } from "./start-video.ts";

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
  readonly holes?: LoopOptions["holes"];
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
  { findDepth, findNearness, chooseFlow, holes, firstPicture, signal }: FrameTools,
): AsyncGenerator<RenderedFrame, void, void> {
  const common = { feedback: feedbackOptions(settings), signal };
  if (drawsSingly(settings)) {
    return renderSingleFrames(plan, start, paint, {
      ...common,
      maskAt: mask?.maskAt,
      pictureAt: startVideo && startVideo.pictureAt,
      colors: colors.rules.image ?? null,
    });
  }
  return renderFrames(plan, start, guided ? guidePaint(paint, guided) : paint, {
    ...common,
    cadence: settings.cadence,
    mask: mask ?? undefined,
    noiseMaskAt: noiseMask?.maskAt,
    ...flowOptions(settings, chooseFlow),
    initImage,
    colors: colors.rules,
    holes,
    hybrid: hybrid?.effects(findNearness, chooseFlow),
    ...(findDepth && { findDepth }),
    firstPicture,
  });
}
