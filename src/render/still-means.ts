/** What a run's stills are chosen by and dressed with, opened before the first frame, so that a wrong path costs no render. */

import { findReferences } from "../memorization/find-references.ts";
import type { Settings } from "../settings/schema.ts";
import type { Dress } from "../thumbnails/dress-still.ts";
import { findJudges } from "../thumbnails/find-judges.ts";
import type { JudgeFiles } from "../thumbnails/judge-messages.ts";
import { readWeights, type Weights } from "../thumbnails/weights.ts";
import { type Locate, placeOf } from "./locate.ts";
import { openRunDress } from "./run-dress.ts";

export interface StillMeans {
  /** Of the measures by which stills are chosen. */
  readonly weights: Weights;
  /** Title and logo of the stills. */
  readonly dress: Dress;
  readonly judges: JudgeFiles;
  /** Folder of pictures that stills must not be copies of, absolute; null for none. */
  readonly references: string | null;
}

/**
 * @param folder of the schedule, where relative paths start
 * @throws AnimateError with the place of the setting when something cannot be used
 */
export async function openStillMeans(
  thumbnails: Settings["thumbnails"],
  folder: string,
  locate: Locate,
): Promise<StillMeans> {
  const dress = await openRunDress(thumbnails, folder, locate);
  const referencesPlace = placeOf(locate, ["thumbnails", "references"]);
  const references = await findReferences(thumbnails.references, folder, referencesPlace);
  const judges = await findJudges(thumbnails, folder, (setting) => placeOf(locate, setting));
  const path = ["thumbnails", "weights"];
  const place = { location: locate(path), path: path.join(".") };
  const weights = await readWeights(thumbnails.weights, folder, place);
  return { weights, dress, judges, references };
}
