/** The text that stands before every prompt of an animation: its style, written once. */

import { ScheduleError } from "../errors.ts";
import { readComposition } from "../prompt/composition.ts";
import { readEditing } from "../prompt/editing.ts";
import { readLoraPrompt } from "./lora-plan.ts";
import { readPromptText } from "./prompt-text.ts";
import type { ScheduleContext } from "./schedule.ts";

/** The text at a frame, formulas worked out; empty where there is none. Throws ScheduleError when a formula has no finite value there. */
export type PositivePrompt = (frame: number, context: ScheduleContext) => string;

/**
 * Reads the setting `positive_prompt`. Its text and a prompt's are read as one, so it may hold whatever a prompt may, but no `--neg`: all that
 * follows it, the prompt too, would be what the pictures shall not show.
 *
 * @throws ScheduleError for a `--neg`, and for a formula that cannot be read, with its place in the text
 */
export function readPositivePrompt(text: string): PositivePrompt {
  const offset = text.indexOf("--neg");
  if (offset >= 0) {
    throw new ScheduleError("expected what pictures show, found --neg", {
      offset,
      hint: "write what they shall not show under negative_prompt",
    });
  }
  const textAt = readPromptText(text);
  return (frame, context) => textAt(frame, context).positive;
}

/**
 * Reads the text at every frame as a prompt by itself.
 *
 * @throws ScheduleError for what a prompt may not hold
 */
export function checkPositivePrompt(text: string, context: ScheduleContext): void {
  const textAt = readPositivePrompt(text);
  // Only formulas make one frame's text differ from another's.
  const frames = text.includes("`") ? context.frames : 1;
  for (let frame = 0; frame < frames; frame++) {
    const { text: bare } = readLoraPrompt(textAt(frame, context));
    for (const part of readComposition(bare)) readEditing(part.text);
  }
}
