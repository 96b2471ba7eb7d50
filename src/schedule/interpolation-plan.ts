/** The prompts of mode interpolation: from each key to the next, one prompt becomes the other. */

import type { Settings } from "../settings/schema.ts";
import { sumLoras } from "./lora-plan.ts";
import { readPositivePrompt } from "./positive-prompt.ts";
import { type PromptPlan, readParts, writtenPrompt, type WrittenPrompt } from "./prompt-plan.ts";
import { joinTexts } from "./prompt-text.ts";
import { parseTextSchedule, type ScheduleContext } from "./schedule.ts";

type InterpolationSettings = Pick<
  Settings,
  "prompts" | "positive_prompt" | "negative_prompt" | "deforum_exact"
>;
type InterpolationKey = WrittenPrompt & { readonly frame: number };

/**
 * The prompts of every frame. Between the keys a and b at frames A and B, frame f has b's prompt by the share (f − A) / (B − A). A key behind
 * the last frame still shapes the way to it; before the first key its prompt holds, and after the last key, too. Here `max_f` is the number of
 * frames, not the last frame, in keys and in texts. Source: Deforum (behavior).
 *
 * The shares blend the texts as the model reads them. With `deforum_exact` the prompts are composed instead, `( a ):0.75 AND ( b ):0.25`, and
 * so are the negative ones, in which the web UI reads AND and the shares as words; without, a negative prompt switches at its key.
 *
 * @param wayBack for a loop: over how many frames, at the end, the first prompt comes back; the last key is not left behind. 0 = not at all
 * @returns one entry per frame
 * @throws ScheduleError for a key or formula that cannot be read, with the key of the prompt
 */
export function planInterpolation(
  settings: InterpolationSettings,
  context: ScheduleContext,
  wayBack = 0,
): PromptPlan[] {
  const wide = { ...context, frames: context.frames + 1 };
  const leadAt = readPositivePrompt(settings.positive_prompt);
  // A first key after frame 0 comes twice, at 0 and at its place; between the two its prompt holds.
  const written = parseTextSchedule(settings.prompts)
    .resolveAll(wide)
    .map(({ frame, at, text }) => ({ frame, ...writtenPrompt(at, text, leadAt) }));
  const keys = wayBack > 0 ? closed(written, context.frames, wayBack) : written;
  return Array.from({ length: context.frames }, (_, frame) => {
    const index = keys.findLastIndex((key) => key.frame <= frame);
    const [from, to] = [keys[index]!, keys[index + 1]];
    const isStill = to === undefined || to.at === from.at;
    const share = isStill ? 0 : (frame - from.frame) * (1 / (to.frame - from.frame));
    return planFrame(frame, from, share === 0 ? undefined : { key: to!, share }, settings, wide);
  });
}

/** The keys before the end, and the first one again at the end; the last one holds until the way back begins. */
function closed(keys: readonly InterpolationKey[], frames: number, wayBack: number): InterpolationKey[] {
  const used = keys.filter(({ frame }) => frame < frames);
  const last = used.at(-1)!;
  const held = last.frame < frames - wayBack ? [{ ...last, frame: frames - wayBack }] : [];
  return [...used, ...held, { ...keys[0]!, frame: frames }];
}

function planFrame(
  frame: number,
  from: InterpolationKey,
  towards: { readonly key: WrittenPrompt; readonly share: number } | undefined,
  { negative_prompt, deforum_exact }: InterpolationSettings,
  context: ScheduleContext,
): PromptPlan {
  const left = readParts(from, frame, context);
  const leftNegative = joinTexts([left.negative, negative_prompt]);
  const common = { promptKey: from.frame, promptTransition: 0 };
  if (towards === undefined) {
    const prompts = [{ text: left.positive, weight: 1 }];
    return { ...common, prompts, negativePrompt: leftNegative, loras: left.loras };
  }
  const right = readParts(towards.key, frame, context);
  const shares = [1 - towards.share, towards.share] as const;
  const loras = sumLoras([
    { loras: left.loras, share: shares[0] },
    { loras: right.loras, share: shares[1] },
  ]);
  if (deforum_exact) {
    const negatives = [leftNegative, joinTexts([right.negative, negative_prompt])];
    return {
      ...common,
      prompts: [{ text: composed([left.positive, right.positive], shares, " AND ", ":"), weight: 1 }],
      // Lower-case and an escaped colon are the same words to the model, and cannot be taken for a composition.
      negativePrompt: composed(negatives, shares, " and ", "\\:"),
      loras,
    };
  }
  const isSame = left.positive === right.positive;
  return {
    ...common,
    prompts: isSame
      ? [{ text: left.positive, weight: 1 }]
      : [
          { text: left.positive, weight: shares[0] },
          { text: right.positive, weight: shares[1] },
        ],
    negativePrompt: leftNegative,
    loras,
  };
}

/** The texts that are there, each in brackets with its share. */
function composed(
  texts: readonly string[],
  shares: readonly number[],
  between: string,
  colon: string,
): string {
  return texts.flatMap((text, i) => (text === "" ? [] : [`( ${text} )${colon}${shares[i]}`])).join(between);
}
