/** The camera move of an animation without its model: the same plan and the same moves as in the frame loop, on a picture that stays as it is. */

import type { FramePlan } from "../schedule/frame-plan.ts";
import type { ByteImage } from "../tensor/image.ts";
import { createLabels } from "./labels.ts";
import type { Scene } from "./scene.ts";

export interface PreviewFrame {
  readonly plan: FramePlan;
  readonly image: ByteImage;
}

/**
 * One picture per frame of the plan. Frame 0 shows the scene before any move, as the frame loop does.
 *
 * @param size of the scene's pictures
 * @throws RenderError when a frame's numbers describe no camera
 */
export async function* previewFrames(
  plan: readonly FramePlan[],
  scene: Scene,
  size: { readonly width: number; readonly height: number },
): AsyncGenerator<PreviewFrame, void, void> {
  const labels = createLabels(size, plan.at(-1)!);
  for (const frame of plan) {
    // Drawn in other threads, while the scene is drawn in this one.
    const label = labels.draw(frame);
    label.catch(() => {});
    if (frame.frame > 0) scene.move(frame.motion);
    const image = scene.draw();
    (await label)(image);
    yield { plan: frame, image };
  }
}
