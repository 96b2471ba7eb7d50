/** Which masks each frame's is put together from. */

import { ScheduleError } from "../errors.ts";
import { excerpt } from "../printable.ts";
import type { Settings } from "../settings/schema.ts";
import { maskSourceKey, type MaskSource, parseMaskExpression } from "./mask-expression.ts";
import { parseTextSchedule, type ScheduleContext } from "./schedule.ts";

/**
 * The expression of every frame; undefined where there is no schedule.
 *
 * @param mask what {video_mask} is and what finds <words>, if anything
 * @throws ScheduleError for a key or an expression that cannot be read, for {video_mask} without a file and for <words> without a network,
 *   with its place
 */
export function planMasks(
  schedule: Settings["mask"]["schedule"],
  mask: Pick<Settings["mask"], "file" | "words_model">,
  context: ScheduleContext,
): readonly string[] | undefined {
  if (schedule === null) return undefined;
  const texts = parseTextSchedule(schedule);
  for (const { at, text, offset } of texts.keys) {
    const place = (within = 0) =>
      offset === undefined ? { key: at, offset: within } : typeof schedule === "string" ? {} : { offset };
    try {
      requireSources(text, mask);
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      const { message, hint } = error;
      throw new ScheduleError(message, { ...place(error.offset), ...(hint !== undefined && { hint }) });
    }
  }
  return texts.evaluate(context);
}

function requireSources(
  text: string,
  { file, words_model }: Pick<Settings["mask"], "file" | "words_model">,
): void {
  const { sources } = parseMaskExpression(text);
  if (file === null && sources.some(({ kind }) => kind === "video_mask")) {
    const message = "expected mask.file for {video_mask}, found none";
    throw new ScheduleError(message, { offset: 0, hint: "name the file of the mask as mask.file" });
  }
  const words = sources.find(({ kind }) => kind === "words");
  if (words_model === null && words !== undefined) {
    throw new ScheduleError(`expected a network that finds ${excerpt(maskSourceKey(words))}, found none`, {
      offset: 0,
      hint: "name an ONNX export of CLIPSeg as mask.words_model, or save the mask as a picture, [name.png]",
    });
  }
}

/** What the masks of a schedule are put together from, key by key; nothing where there is no schedule. */
export function maskSources(schedule: Settings["mask"]["schedule"]): MaskSource[] {
  if (schedule === null) return [];
  return parseTextSchedule(schedule).keys.flatMap(({ text }) => parseMaskExpression(text).sources);
}

/** Whether some mask of the run is found by words. */
export function masksByWords({ mask, noise }: Pick<Settings, "mask" | "noise">): boolean {
  return [mask.schedule, noise.mask].flatMap(maskSources).some(({ kind }) => kind === "words");
}
