/** The user's detector and aesthetic predictor, tried before any work is done. */

import { resolve } from "node:path";
import { AnimateError, ModelError } from "../errors.ts";
import type { Settings } from "../settings/schema.ts";
import type { JudgeFiles } from "./judge-messages.ts";
import { openJudges } from "./judge-process.ts";

/**
 * @param folder that relative paths start from
 * @param placeOf a setting's place for messages
 * @throws ModelError with the place of the setting when a network cannot be used
 */
export async function findJudges(
  { detector, aesthetic }: Pick<Settings["thumbnails"], "detector" | "aesthetic">,
  folder: string,
  placeOf: (setting: readonly string[]) => string,
): Promise<JudgeFiles> {
  const files = {
    detector: detector === null ? null : resolve(folder, detector),
    aesthetic: aesthetic === null ? null : resolve(folder, aesthetic),
  };
  for (const kind of ["detector", "aesthetic"] as const) {
    if (files[kind] === null) continue;
    const alone = { detector: null, aesthetic: null, [kind]: files[kind] };
    const judges = await openJudges(alone).catch((error: unknown) => {
      if (!(error instanceof AnimateError)) throw error;
      const { message, where, hint } = error;
      throw new ModelError(message, {
        where: `${placeOf(["thumbnails", kind])}: ${where ?? files[kind]}`,
        ...(hint !== undefined && { hint }),
        cause: error,
      });
    });
    judges.close();
  }
  return files;
}
