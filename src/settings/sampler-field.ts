/** The setting that names a sampler, or several over time. */

import { z } from "zod";

import { LIMITS } from "../limits.ts";
import { record } from "./fields.ts";
import { SAMPLER_EXPECTATION, SAMPLER_NAMES, samplerLabel, samplerNamed } from "./sampler-names.ts";

/** One sampler, or a mapping of frames to samplers, under any of their names; Deforum's `0: ("Euler a"), 30: ("DDIM")` is kept as written. */
export function samplerSchedule(options: { defaultValue: string; description: string }) {
  const name = z.preprocess(
    (value) => (typeof value === "string" ? (samplerNamed(value) ?? value) : value),
    z.string().refine((value) => SAMPLER_NAMES.includes(value)),
  );
  // No sampler's name begins as a key does.
  const deforum = z
    .string()
    .max(LIMITS.settings.textCharacters)
    .regex(/^\s*["'(]*\s*(?:\d|max_f)[^:]*:/);
  const schema = z.union([name, deforum, z.record(z.string(), name)]);
  return record(schema.default(options.defaultValue), {
    ...options,
    kind: "scheduled choice",
    choices: SAMPLER_NAMES,
    choicesPage: "samplers.md",
    spellings: SAMPLER_NAMES.map(samplerLabel),
    expects: SAMPLER_EXPECTATION,
  });
}
