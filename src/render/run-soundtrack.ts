/** The sound of a run's video. */

import { resolve } from "node:path";
import type { Settings } from "../settings/schema.ts";
import { locateVideoTools } from "../video/locate.ts";
import { openSoundtrack, type Soundtrack } from "../video/soundtrack.ts";
import { addSetting, type Locate, placeOf } from "./locate.ts";

/**
 * Finds `video.soundtrack` and makes sure that it can be encoded.
 *
 * @returns undefined when there is none, or no video
 * @throws FileError or EncodeError as {@link openSoundtrack}
 */
export async function openRunSoundtrack(
  { video: { soundtrack, format } }: Settings,
  scheduleFolder: string,
  locate: Locate,
): Promise<Soundtrack | undefined> {
  if (soundtrack === null || format === "gif" || format === "png") return undefined;
  try {
    return await openSoundtrack(await locateVideoTools(), format, resolve(scheduleFolder, soundtrack));
  } catch (error) {
    throw addSetting(error, placeOf(locate, ["video", "soundtrack"]));
  }
}
