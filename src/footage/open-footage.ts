/** Whatever stills can be taken from, by its path. */

import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { FileError } from "../errors.ts";
import { openFolderFootage } from "./folder-footage.ts";
import type { Footage } from "./footage.ts";
import { openRunFootage, readRunSettings } from "./run-footage.ts";
import { openVideoFootage } from "./video-footage.ts";

/**
 * Opens a video file, the folder of a run (one with a manifest.json of ours), or a folder of pictures.
 *
 * @throws FileError when there is no such file, or it is none of the three; EncodeError when a video needs an ffmpeg and there is none
 */
export async function openFootage(path: string): Promise<Footage> {
  const absolute = resolve(path);
  const status = await stat(absolute).catch((cause: unknown) => {
    throw new FileError("there is no such file or folder", { where: path, hint: "check the path", cause });
  });
  if (status.isDirectory()) {
    const settings = await readRunSettings(absolute);
    return settings ? openRunFootage(absolute, settings) : openFolderFootage(absolute);
  }
  if (!status.isFile()) {
    throw new FileError("expected a file or a folder, found a device or pipe", { where: path });
  }
  if (status.size === 0) {
    throw new FileError("expected a video, found an empty file", {
      where: path,
      hint: "check that it was copied to its end",
    });
  }
  return openVideoFootage(absolute);
}
