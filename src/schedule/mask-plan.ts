/** Which masks each frame's is put together from. */

import { ScheduleError } from "../errors.ts";
import type { Settings } from "../settings/schema.ts";
import { parseMaskExpression } from "./mask-expression.ts";
import { parseTextSchedule, type ScheduleContext } from "./schedule.ts";

/**
 * The expression of every frame; undefined where there is no schedule.
 *
 * @param file what {video_mask} is, if anything
 * @throws ScheduleError for a key or an expression that cannot be read, and for {video_mask} without a file, with its place
 */
export function planMasks(
  schedule: Settings["mask"]["schedule"],
  file: string | null,
  context: ScheduleContext,
): readonly string[] | undefined {
  if (schedule === null) return undefined;
  const texts = parseTextSchedule(schedule);
  for (const { at, text, offset } of texts.keys) {
    const place = (within = 0) =>
      offset === undefined ? { key: at, offset: within } : typeof schedule === "string" ? {} : { offset };
    try {
      const { sources } = parseMaskExpression(text);
      if (file === null && sources.some(({ kind }) => kind === "video_mask")) {
        const message = "expected mask.file for {video_mask}, found none";
        throw new ScheduleError(message, { offset: 0, hint: "name the file of the mask as mask.file" });
      }
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      const { message, hint } = error;
      throw new ScheduleError(message, { ...place(error.offset), ...(hint !== undefined && { hint }) });
    }
  }
  return texts.evaluate(context);
}
