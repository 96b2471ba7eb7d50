/** Which sampler each frame has. */

import { ScheduleError } from "../errors.ts";
import { quoteShort } from "../settings/describe-value.ts";
import { SAMPLER_EXPECTATION, type SamplerName, samplerNamed } from "../settings/sampler-names.ts";
import type { Settings } from "../settings/schema.ts";
import { suggestSampler } from "../settings/suggest-sampler.ts";
import { parseTextSchedule, type ScheduleContext } from "./schedule.ts";

/**
 * Our name of the sampler of every frame: the latest key at or before it, the first also before that (Deforum's sampler_schedule).
 *
 * @throws ScheduleError for a key that cannot be read and a text that names no sampler, with its place
 */
export function planSamplers(sampler: Settings["sampler"], context: ScheduleContext): readonly SamplerName[] {
  const schedule = parseTextSchedule(sampler);
  const names = new Map<string, SamplerName>();
  for (const { at, text, offset } of schedule.keys) {
    const name = samplerNamed(text);
    if (name === undefined) {
      throw new ScheduleError(`expected ${SAMPLER_EXPECTATION}, found ${quoteShort(text)}`, {
        ...(offset === undefined ? { key: at } : { offset }),
        hint: suggestSampler(text),
      });
    }
    names.set(text, name);
  }
  return schedule.evaluate(context).map((text) => names.get(text)!);
}
