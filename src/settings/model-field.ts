/** The setting that names a model, or several over time. */

import { z } from "zod";

import { LIMITS } from "../limits.ts";
import { record } from "./fields.ts";

/** One name or path, or a mapping of frames to them; Deforum's `0: ("anime.safetensors"), 60: ("photo.safetensors")` is kept as written. */
export function modelSchedule(options: { defaultValue: string; description: string }) {
  const name = z.string().max(LIMITS.settings.textCharacters).regex(/\S/);
  const schema = z.union([name, z.record(z.string(), name).refine((value) => Object.keys(value).length > 0)]);
  return record(schema.default(options.defaultValue), {
    ...options,
    kind: "scheduled text",
    expects: "the name or path of a model",
  });
}
