/** The table of all fields of Deforum's settings files. */

import { CONTROLNET_FIELDS } from "./controlnet-fields.ts";
import { FEEDBACK_FIELDS } from "./feedback-fields.ts";
import type { Field } from "./field.ts";
import { FORGE_FIELDS } from "./forge-fields.ts";
import { HYBRID_FIELDS } from "./hybrid-fields.ts";
import { MOTION_FIELDS } from "./motion-fields.ts";
import { OUTPUT_FIELDS } from "./output-fields.ts";
import { PICTURE_FIELDS } from "./picture-fields.ts";
import { PROMPT_FIELDS } from "./prompt-fields.ts";
import { RUN_FIELDS } from "./run-fields.ts";

/** Each once, in the order in which exports write them and imports read them: length and seed stand before schedules. */
export const ALL_FIELDS: readonly Field[] = [
  ...RUN_FIELDS,
  ...MOTION_FIELDS,
  ...FEEDBACK_FIELDS,
  ...PICTURE_FIELDS,
  ...HYBRID_FIELDS,
  ...CONTROLNET_FIELDS,
  ...OUTPUT_FIELDS,
  ...PROMPT_FIELDS,
  ...FORGE_FIELDS,
];
