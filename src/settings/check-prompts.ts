/** Mistakes in what the pictures show and shall not show. */

import { refuseComposition } from "../prompt/composition.ts";
import { readEditing } from "../prompt/editing.ts";
import { planInterpolation } from "../schedule/interpolation-plan.ts";
import { refuseTags } from "../schedule/lora-plan.ts";
import { checkPositivePrompt } from "../schedule/positive-prompt.ts";
import { planPrompts } from "../schedule/prompt-plan.ts";
import type { ScheduleContext } from "../schedule/schedule.ts";
import { catchScheduleError } from "./catch-schedule-error.ts";
import type { Problem } from "./problem.ts";
import type { Settings } from "./schema.ts";

/**
 * Mistakes in the prompts, and in the texts that go with all of them.
 *
 * @param wrong paths that are known to be wrong and stand at their default
 * @param context undefined when length, speed, tempo or seed is wrong: keys and formulas cannot be judged then
 */
export function checkPrompts(
  settings: Settings,
  wrong: ReadonlySet<string>,
  context: ScheduleContext | undefined,
): readonly Problem[] {
  const { mode, prompts, positive_prompt, negative_prompt, deforum_exact } = settings;
  const ofNegative = catchScheduleError(["negative_prompt"], negative_prompt, () => {
    refuseTags(negative_prompt);
    refuseComposition(negative_prompt);
    readEditing(negative_prompt);
    return [];
  });
  if (context === undefined) return ofNegative;
  const ofPositive = catchScheduleError(["positive_prompt"], positive_prompt, () => {
    checkPositivePrompt(positive_prompt, context);
    return [];
  });
  if (wrong.has("prompts")) return [...ofPositive, ...ofNegative];
  // Prompts are read together with what stands before them; its own mistake is told once.
  const lead = ofPositive.length > 0 ? "" : positive_prompt;
  const ofPrompts = catchScheduleError(["prompts"], prompts, () => {
    const texts = { prompts, positive_prompt: lead, negative_prompt };
    if (mode === "interpolation") planInterpolation({ ...texts, deforum_exact }, context);
    else planPrompts({ ...texts, prompt_transition: 0 }, context);
    return [];
  });
  return [...ofPrompts, ...ofPositive, ...ofNegative];
}
