/** The second noise that each frame's noise is turned towards: webui's subseed. */

import type { Settings } from "../settings/schema.ts";
import { randomStream } from "../tensor/random.ts";
import type { DrawingOrder } from "./drawing-order.ts";
import type { FramePlan } from "./frame-plan.ts";

/**
 * Reads subseed and its strength of a frame; gives nothing for animations in which no frame is varied. A subseed of −1 is drawn from the
 * run's seed, another for each diffused frame; fractions are cut off.
 */
export function variationReader(
  { seed }: Settings,
  read: (path: string) => Float64Array,
  { blocks, blockOf }: Pick<DrawingOrder, "blocks" | "blockOf">,
): (frame: number) => Pick<FramePlan, "subseed" | "subseed_strength"> {
  const strength = read("subseed_strength");
  if (strength.every((value) => value === 0)) return () => ({});
  const subseed = read("subseed");
  const stream = randomStream(seed, "frame subseeds");
  const drawn = Array.from({ length: blocks }, () => stream.uniform() * 2 ** 32);
  return (frame) => {
    const value = Math.trunc(subseed[frame]!) + 0;
    return {
      subseed: value === -1 ? drawn[blockOf(frame)]! : value,
      subseed_strength: strength[frame]!,
    };
  };
}
