/** What the network is to draw at each step of a picture: prompts composed by AND, and words that change from step to step. */

import { type PromptPart, readComposition, refuseComposition } from "../prompt/composition.ts";
import { readEditing } from "../prompt/editing.ts";
import type { WeightedPrompt } from "../schedule/frame-plan.ts";

/** The prompts of one step, plain but for emphasis and BREAK. */
export interface StepPrompts {
  /** At least one. */
  readonly parts: readonly {
    /** Whose embeddings are blended; shares sum to 1. */
    readonly prompts: readonly WeightedPrompt[];
    /** Factor on the guidance of the part. */
    readonly weight: number;
  }[];
  readonly negative: string;
}

/**
 * The prompts of each step. Two prompts of which one changes into the other are blended as embeddings; when one of them is composed of
 * several parts, all parts of both are composed instead, weighed by the shares (Deforum's way of interpolating prompts).
 *
 * Steps are those that are run, so that `[a:b:0.5]` changes half-way at any strength. The web UI counts the requested ones, of which img2img
 * runs a part only.
 *
 * @param prompts of the frame, at least one; shares sum to 1
 * @param steps that are run, at least 1
 * @returns one entry per step; the same object where nothing changes
 * @throws ScheduleError for a prompt that cannot be read
 */
export function promptSteps(
  prompts: readonly WeightedPrompt[],
  negativePrompt: string,
  steps: number,
): readonly StepPrompts[] {
  refuseComposition(negativePrompt);
  const negativeAt = readEditing(negativePrompt);
  const composed = prompts.map(({ text, weight }) => ({
    share: weight,
    parts: readComposition(text).map(editable),
  }));
  const known = new Map<string, StepPrompts>();
  return Array.from({ length: steps }, (_, i) => {
    const at = (read: Editable): PromptPart => ({ text: read.textAt(i + 1, steps), weight: read.weight });
    const now = composed.map(({ share, parts }) => ({ share, parts: parts.map(at) }));
    const step = { parts: compose(now), negative: negativeAt(i + 1, steps) };
    const key = JSON.stringify(step);
    const same = known.get(key) ?? step;
    known.set(key, same);
    return same;
  });
}

interface Editable {
  readonly textAt: (step: number, steps: number) => string;
  readonly weight: number;
}

function editable({ text, weight }: PromptPart): Editable {
  return { textAt: readEditing(text), weight };
}

function compose(
  prompts: readonly { readonly share: number; readonly parts: readonly PromptPart[] }[],
): StepPrompts["parts"] {
  if (prompts.every(({ parts }) => parts.length === 1)) {
    const blended = prompts.map(({ share, parts }) => ({ text: parts[0]!.text, weight: share }));
    const weight = prompts.reduce((sum, { share, parts }) => sum + share * parts[0]!.weight, 0);
    // Shares sum to 1 only nearly; a prompt without weights has exactly 1, and needs no negative prompt at guidance 1.
    return [{ prompts: blended, weight: prompts.every(({ parts }) => parts[0]!.weight === 1) ? 1 : weight }];
  }
  return prompts.flatMap(({ share, parts }) =>
    parts.map(({ text, weight }) => ({ prompts: [{ text, weight: 1 }], weight: share * weight })),
  );
}
