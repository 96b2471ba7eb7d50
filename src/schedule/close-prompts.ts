/** The prompts at the end of a loop: those of the beginning come back in. */

import type { Settings } from "../settings/schema.ts";
import { drawingOrder } from "./drawing-order.ts";
import type { WeightedPrompt } from "./frame-plan.ts";
import { sumLoras } from "./lora-plan.ts";
import { loopFrames } from "./loop-plan.ts";
import type { PromptPlan } from "./prompt-plan.ts";

/**
 * The prompts of every frame, of which the last ones that are made blend into those of the first one: by the share (i + 1) / (n + 1) at the
 * i-th of n frames, as any prompt comes in, and with its negative prompt from the beginning. Where all of them show what the first one
 * shows, nothing changes.
 *
 * For the colors the return is a scene of its own; with `reverse`, where it is the beginning of the video, its key is −1.
 *
 * @param prompts one entry per frame
 */
export function closePrompts(prompts: readonly PromptPlan[], settings: Settings): readonly PromptPlan[] {
  const length = loopFrames(settings);
  if (length === 0) return prompts;
  const { count, first, stepOf } = drawingOrder(settings);
  const goal = prompts[first]!;
  const begin = count - length;
  const isClosing = (frame: number): boolean => frame < count && stepOf(frame) >= begin;
  if (prompts.every((prompt, frame) => !isClosing(frame) || showsSame(prompt, goal))) return prompts;
  return prompts.map((prompt, frame) => {
    if (!isClosing(frame)) return prompt;
    const share = (stepOf(frame) - begin + 1) / (length + 1);
    return {
      prompts: blend(prompt.prompts, goal.prompts, share),
      loras: sumLoras([
        { loras: prompt.loras, share: 1 - share },
        { loras: goal.loras, share },
      ]),
      negativePrompt: goal.negativePrompt,
      promptKey: settings.reverse ? -1 : begin,
      promptTransition: length,
    };
  });
}

function showsSame(a: PromptPlan, b: PromptPlan): boolean {
  return shown(a) === shown(b);
}

function shown({ prompts, loras, negativePrompt }: PromptPlan): string {
  return JSON.stringify([prompts, loras, negativePrompt]);
}

/** Texts with their shares; a text of both sides once. */
function blend(
  from: readonly WeightedPrompt[],
  to: readonly WeightedPrompt[],
  share: number,
): WeightedPrompt[] {
  const weights = new Map<string, number>();
  for (const { text, weight } of from) weights.set(text, (weights.get(text) ?? 0) + weight * (1 - share));
  for (const { text, weight } of to) weights.set(text, (weights.get(text) ?? 0) + weight * share);
  return [...weights].map(([text, weight]) => ({ text, weight }));
}
