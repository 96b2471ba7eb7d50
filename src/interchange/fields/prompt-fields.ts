/** Deforum's fields of prompts and of Parseq. */

import { carryPrompts } from "../import-prompts.ts";
import { type Field, idle, partOf } from "./field.ts";

const MERGED = "stands in the prompts already, and is never read back by Deforum either";

/** Fields of prompts, in the order in which they are written. */
export const PROMPT_FIELDS: readonly Field[] = [
  {
    name: "prompts",
    defaultValue: {},
    paths: ["prompts", "positive_prompt", "negative_prompt"],
    carry: carryPrompts,
    toDeforum: (source) => source.prompts(),
  },
  partOf("animation_prompts_positive", "", (source) => source.positivePrompt()),
  partOf("animation_prompts_negative", "", ({ settings }) => settings.negative_prompt),
  partOf("neg_prompts", undefined),
  idle("positive_prompts", undefined, MERGED),
  idle("negative_prompts", undefined, MERGED),
  partOf("parseq_manifest", ""),
  partOf("parseq_use_deltas", true),
  partOf("parseq_non_schedule_overrides", true),
];
