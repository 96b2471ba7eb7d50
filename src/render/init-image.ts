/** The picture that frame 0 is drawn over. */

import { resolve } from "node:path";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { readPicture } from "../tensor/picture-file.ts";
import { addSetting, byPath, type Locate, placeOf } from "./locate.ts";

/**
 * @param folder of the schedule, where relative paths start
 * @returns null for a run without
 * @throws FileError with the place of the setting when it cannot be read
 */
export async function readInitImage(
  { init, size }: Pick<Settings, "init" | "size">,
  folder: string,
  locate: Locate = byPath,
): Promise<ByteImage | null> {
  if (init.image === null) return null;
  return await readPicture(resolve(folder, init.image), size).catch((error: unknown) => {
    throw addSetting(error, placeOf(locate, ["init", "image"]));
  });
}
