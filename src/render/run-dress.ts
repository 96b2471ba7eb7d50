/** Title and logo of a run's stills, opened before the first frame, so that a wrong path costs no render. */

import type { Settings } from "../settings/schema.ts";
import { type Dress, openDress } from "../thumbnails/dress-still.ts";
import { addSetting, type Locate, placeOf } from "./locate.ts";

/**
 * @param folder of the schedule, where relative paths start
 * @throws FileError with the place of the setting when font or logo cannot be read
 */
export async function openRunDress(
  thumbnails: Settings["thumbnails"],
  folder: string,
  locate: Locate,
): Promise<Dress> {
  return await openDress(thumbnails, folder, (error, setting) => addSetting(error, placeOf(locate, setting)));
}
