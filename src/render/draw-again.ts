/** Drawings that are made to be thrown away: optical-flow redo and diffusion redo (Deforum, behavior). */

import { applyFlow } from "../flow/apply-flow.ts";
import type { FindFlow } from "../flow/estimate.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { randomStream } from "../tensor/random.ts";
import { type RgbImage, toByteImage } from "../tensor/image.ts";

export interface RedoOptions {
  /** Null = no optical-flow redo. */
  readonly findFlow: FindFlow | null;
  /** Drawings over the start picture before the one that counts. */
  readonly diffusionRedo: number;
}

/**
 * The start picture after the drawings that do not count. With `findFlow`: the first drawing, moved along the flow from the previous
 * picture to it. Then `diffusionRedo` drawings, each over the one before. Their seeds derive from the frame's; Deforum draws them from
 * a generator that it never seeds.
 *
 * @param init start picture of the frame
 * @param previous what the frame before shows under this frame's camera
 * @param paint draws over a picture
 * @returns `init` itself when nothing is asked for, or with strength 0, which keeps nothing of it
 */
export async function drawAgain(
  init: RgbImage,
  previous: RgbImage,
  plan: FramePlan,
  paint: (init: RgbImage, plan: FramePlan) => Promise<RgbImage>,
  { findFlow, diffusionRedo }: RedoOptions,
): Promise<RgbImage> {
  if (plan.strength <= 0) return init;
  const seeds = randomStream(plan.seed, "drawings that do not count");
  const draw = async (start: RgbImage): Promise<RgbImage> =>
    paint(start, { ...plan, seed: Math.floor(seeds.uniform() * 2 ** 32) });
  let start = init;
  if (findFlow !== null) {
    const drawn = await draw(start);
    const flow = await findFlow(toByteImage(previous), toByteImage(drawn));
    start = applyFlow(drawn, flow, plan.flow?.redo_factor ?? 1);
  }
  for (let i = 0; i < diffusionRedo; i++) start = await draw(start);
  return start;
}
