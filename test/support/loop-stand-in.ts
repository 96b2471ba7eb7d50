/** What the goldens of Deforum's frame loop were made with instead of a model, and the schedule that they share. */

import type { Paint } from "../../src/render/frame-loop.ts";
import type { FramePlan } from "../../src/schedule/frame-plan.ts";
import { planFrames } from "../../src/schedule/plan.ts";
import { settingsSchema } from "../../src/settings/schema.ts";
import { type ByteImage, toByteImage, toFloatImage } from "../../src/tensor/image.ts";

/**
 * Text-to-image gives `base`, image-to-image floor(0.7·init + 0.3·c + 0.5) with a color c of the call's number.
 *
 * @param numberOf that number; not given: calls are counted from 0
 */
export function standIn(base: ByteImage, numberOf?: (plan: FramePlan) => number): Paint {
  let calls = 0;
  return async (init, plan) => {
    const n = numberOf?.(plan) ?? calls++;
    if (init === null) return toFloatImage(base);
    const color = [(37 * n + 11) % 256, (91 * n + 53) % 256, (151 * n + 97) % 256];
    const data = toByteImage(init).data.map((level, i) =>
      Math.floor(0.7 * level + 0.3 * color[i % 3]! + 0.5),
    );
    return toFloatImage({ ...init, data });
  };
}

const MOTION = { angle: 3, zoom: 1.03, translation_x: 2, translation_z: 10, rotation_3d_y: 1 };

/** The plan of the goldens, with `changes` to its settings; those of `motion` come on top of the goldens' own. */
export function planGolden(
  frames: number,
  changes: Readonly<Record<string, unknown>> & { readonly motion?: object } = {},
): FramePlan[] {
  const settings = {
    size: "64x64",
    frames,
    seed: 1000,
    prompts: "a cat",
    noise: { amount: 0 },
    feedback: { sharpen: { amount: 0 } },
    ...changes,
    motion: { ...MOTION, ...changes.motion },
  };
  return planFrames(settingsSchema.parse(settings));
}

/** Largest and mean difference of two pictures, levels. */
export function differences(a: ByteImage, b: ByteImage): { largest: number; mean: number } {
  let largest = 0;
  let sum = 0;
  for (const [i, level] of a.data.entries()) {
    const difference = Math.abs(level - b.data[i]!);
    largest = Math.max(largest, difference);
    sum += difference;
  }
  return { largest, mean: sum / a.data.length };
}
