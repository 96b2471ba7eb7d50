/** The conditioning of every step of a picture: all prompts that occur, embedded to one length. */

import type { DiffusionModel } from "../models/model.ts";
import { type Conditioning, conditionOn } from "./conditioning.ts";
import type { StepPrompts } from "./prompt-steps.ts";

/**
 * Embeds the prompts of the steps. The negative prompt is left out where it cancels out of the guidance: for a single prompt whose weight
 * times the scale is 1, or when guidance happens inside the network; then it cannot lengthen the prompt either.
 *
 * @param guidanceScale factor on the difference that the prompts make
 * @returns one entry per step; the same object where the prompts are
 */
export async function conditionSteps(
  model: DiffusionModel,
  steps: readonly StepPrompts[],
  guidanceScale: number,
  clipSkip: number,
): Promise<readonly Conditioning[]> {
  const distinct = [...new Set(steps)];
  const condition = async (step: StepPrompts, tokens: number): Promise<Conditioning> => {
    const [first, ...others] = step.parts;
    const isPlain = others.length === 0 && (first!.weight * guidanceScale === 1 || model.info.guidanceInput);
    const negative = isPlain ? undefined : step.negative;
    const main = await conditionOn(model, first!.prompts, negative, clipSkip, tokens);
    if (others.length === 0) return first!.weight === 1 ? main : { ...main, weight: first!.weight };
    const further = [];
    for (const { prompts, weight } of others) {
      const { positive } = await conditionOn(model, prompts, negative, clipSkip, tokens);
      further.push({ positive, weight });
    }
    return { ...main, weight: first!.weight, others: further };
  };
  // Embeddings are remembered, so the second round costs next to nothing.
  let longest = 0;
  for (const step of distinct) {
    const { positive, others = [] } = await condition(step, 0);
    longest = Math.max(longest, positive.dims[1]!, ...others.map((other) => other.positive.dims[1]!));
  }
  const conditionings = new Map<StepPrompts, Conditioning>();
  for (const step of distinct) conditionings.set(step, await condition(step, longest));
  return steps.map((step) => conditionings.get(step)!);
}
