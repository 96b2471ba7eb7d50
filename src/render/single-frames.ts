/** Animations whose frames are each drawn by themselves: over the pictures of a video, or from nothing. */

import { type FeedbackOptions, matchAfterGeneration } from "../feedback/feedback.ts";
import type { Mask } from "../diffusion/mask.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { type ByteImage, type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import type { LoopState, Paint, RenderedFrame } from "./frame-loop.ts";
import { keepBlack } from "./keep-outside.ts";

export interface SingleFramesOptions {
  /** Of which the color match and the shades of gray count; nothing is moved, sharpened or given grain. */
  readonly feedback: FeedbackOptions;
  /** What a frame is drawn over; null: text-to-image. */
  readonly pictureAt: ((plan: FramePlan) => Promise<ByteImage>) | null;
  /** Picture whose colors all frames keep to; null: none. */
  readonly colors: ByteImage | null;
  /** Where a frame may change its picture; not given: everywhere. */
  readonly maskAt?: ((plan: FramePlan, picture: RgbImage) => Promise<Mask>) | undefined;
  /** Stops between two frames. */
  readonly signal: AbortSignal;
}

/** Renders the frames of `plan` from `start.nextFrame` on, one yield per frame. Source: Deforum (behavior of Interpolation and Video Input). */
export async function* renderSingleFrames(
  plan: readonly FramePlan[],
  start: LoopState,
  paint: Paint,
  { feedback, pictureAt, colors, maskAt, signal }: SingleFramesOptions,
): AsyncGenerator<RenderedFrame, void, void> {
  const reference = colors && toFloatImage(colors);
  for (let step = start.nextFrame; step < plan.length; step++) {
    const frame = plan[step]!;
    if (signal.aborted) return;
    const picture = pictureAt && toFloatImage(await pictureAt(frame));
    const matched = matchAfterGeneration(await paint(picture, frame), reference, feedback);
    const image = toByteImage(
      picture && maskAt ? keepBlack(picture, matched, await maskAt(frame, picture)) : matched,
    );
    yield {
      plan: frame,
      image,
      state: { nextFrame: step + 1, newer: image, older: null, colorReference: null },
      resumable: true,
    };
  }
}
