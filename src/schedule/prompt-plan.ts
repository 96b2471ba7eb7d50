/** Which prompts a frame has, and in which shares while one changes into the next. */

import { ScheduleError } from "../errors.ts";
import { readComposition, refuseComposition } from "../prompt/composition.ts";
import { readEditing } from "../prompt/editing.ts";
import type { Settings } from "../settings/schema.ts";
import { durationInFrames } from "./duration.ts";
import type { FramePlan, LoraPlan } from "./frame-plan.ts";
import { readLoraPrompt, refuseTags, sumLoras } from "./lora-plan.ts";
import { type PositivePrompt, readPositivePrompt } from "./positive-prompt.ts";
import { joinTexts, readPromptText, type PromptAtFrame } from "./prompt-text.ts";
import { parseTextSchedule, type ScheduleContext } from "./schedule.ts";

export interface PromptPlan extends Pick<
  FramePlan,
  "prompts" | "negativePrompt" | "promptKey" | "promptTransition"
> {
  /** What the prompts' tags ask for, by the prompts' shares. */
  readonly loras: readonly LoraPlan[];
}

/** A prompt and the key that it stands under. */
export interface WrittenPrompt {
  /** The key as written. */
  readonly at: string;
  readonly textAt: PromptAtFrame;
  /** What stands before it. */
  readonly leadAt: PositivePrompt;
}

type PromptSettings = Pick<Settings, "prompts" | "positive_prompt" | "negative_prompt" | "prompt_transition">;

/**
 * The prompts of every frame.
 *
 * The latest key at or before a frame holds, the first one also before it (Deforum). With a transition of n frames the prompt's share at
 * frame key + i is (i + 1) / (n + 1), so that n = 0 switches at the key; a transition ends at the latest before the next key. The positive
 * prompt of the settings stands before each prompt and is read as one with it. The negative part of a prompt stands before the negative prompt
 * of the settings and switches at the key. Tags such as `<lora:name:0.8>` are taken out of
 * the texts; their weights blend like the prompts they stand in.
 *
 * @returns one entry per frame
 * @throws ScheduleError for a key or formula that cannot be read, with the key of the prompt
 */
export function planPrompts(settings: PromptSettings, context: ScheduleContext): PromptPlan[] {
  const keys = readKeys(settings, context);
  const plans: PromptPlan[] = [];
  for (const [index, key] of keys.entries()) {
    const end = keys[index + 1]?.frame ?? context.frames;
    const previous = index === 0 ? undefined : keys[index - 1];
    for (let frame = index === 0 ? 0 : key.frame; frame < end; frame++) {
      plans.push(planFrame(frame, key, previous, settings.negative_prompt, context));
    }
  }
  return plans;
}

interface PromptKey extends WrittenPrompt {
  readonly frame: number;
  /** Frames over which it blends in; 0 for the first. */
  readonly transition: number;
}

function readKeys(settings: PromptSettings, context: ScheduleContext): PromptKey[] {
  const transition = durationInFrames(settings.prompt_transition, context);
  const leadAt = readPositivePrompt(settings.positive_prompt);
  // A first key after frame 0 comes twice, at 0 and at its place; it counts at its place and holds before it.
  const resolved = parseTextSchedule(settings.prompts)
    .resolve(context)
    .filter(({ at }, index, all) => all[index + 1]?.at !== at);
  return resolved.map(({ frame, at, text }, index) => {
    const longest = (resolved[index + 1]?.frame ?? context.frames) - frame - 1;
    return {
      frame,
      ...writtenPrompt(at, text, leadAt),
      transition: index === 0 ? 0 : Math.min(transition, longest),
    };
  });
}

function planFrame(
  frame: number,
  key: PromptKey,
  previous: PromptKey | undefined,
  negativePrompt: string,
  context: ScheduleContext,
): PromptPlan {
  const { positive, negative, loras } = readParts(key, frame, context);
  const blends = previous !== undefined && frame < key.frame + key.transition;
  const weight = blends ? (frame - key.frame + 1) / (key.transition + 1) : 1;
  const leaving = blends ? readParts(previous, frame, context) : undefined;
  return {
    prompts:
      leaving === undefined || leaving.positive === positive
        ? [{ text: positive, weight: 1 }]
        : [
            { text: leaving.positive, weight: 1 - weight },
            { text: positive, weight },
          ],
    loras:
      leaving === undefined
        ? loras
        : sumLoras([
            { loras: leaving.loras, share: 1 - weight },
            { loras, share: weight },
          ]),
    negativePrompt: joinTexts([negative, negativePrompt]),
    promptKey: key.frame,
    promptTransition: key.transition,
  };
}

/** @throws ScheduleError for a formula that cannot be read, with the key */
export function writtenPrompt(at: string, text: string, leadAt: PositivePrompt): WrittenPrompt {
  return { at, textAt: inKey(at, () => readPromptText(text)), leadAt };
}

/**
 * The texts of a key at a frame without tags, and what the tags ask for. The syntax is read once, so that a mistake comes up before the first
 * picture.
 *
 * @throws ScheduleError with the key
 */
export function readParts({ at, textAt, leadAt }: WrittenPrompt, frame: number, context: ScheduleContext) {
  const lead = leadAt(frame, context);
  return inKey(at, () => {
    const { positive, negative } = textAt(frame, context);
    refuseTags(negative);
    const { text, loras } = readLoraPrompt(joinTexts([lead, positive]));
    for (const part of readComposition(text)) readEditing(part.text);
    refuseComposition(negative);
    readEditing(negative);
    return { positive: text.trim(), negative, loras };
  });
}

/** Names the key in errors of its text. */
function inKey<Result>(key: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    const { message, offset, hint } = error;
    throw new ScheduleError(message, {
      key,
      ...(offset !== undefined && { offset }),
      ...(hint !== undefined && { hint }),
    });
  }
}
