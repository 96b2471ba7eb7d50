/** A folder of pictures as footage. */

import { basename, join } from "node:path";
import { readdir } from "node:fs/promises";
import { FileError } from "../errors.ts";
import { naturalOrder } from "../natural-order.ts";
import { readShrunkPicture } from "../tensor/picture-file.ts";
import { type Footage, SMALL_SIDE } from "./footage.ts";
import { type PictureFile, readPictures } from "./pictures.ts";

const PICTURE_NAME = /\.(png|jpe?g|webp)$/i;

/** Pixels: stills have at most 3840 at their longer side by name, and photographs half as many again. */
const STILL_SIDE = 4096;

/**
 * Opens the PNG, JPEG and WebP files of a folder, in natural order of their names; folders in it are not looked into. Pictures have no times:
 * they are taken for one per second. Larger ones than 4096 pixels are reduced to that.
 *
 * @param path absolute
 * @throws FileError when there is none, or none that can be read
 */
export async function openFolderFootage(path: string): Promise<Footage> {
  const names = (await readdir(path)).filter((name) => PICTURE_NAME.test(name) && !name.startsWith("."));
  const files = names
    .toSorted(naturalOrder)
    .map((name, frame): PictureFile => ({ path: join(path, name), frame, timeSeconds: frame }));
  if (files.length === 0) {
    throw new FileError("expected pictures (PNG, JPEG, WebP) in the folder, found none", {
      where: path,
      hint: "name a video, a run folder or a folder of pictures",
    });
  }
  const warnings: string[] = [];
  const { width, height } = await firstReadable(files);
  return {
    kind: "folder",
    name: basename(path),
    width,
    height,
    frameCount: files.length,
    warnings,
    frames: () => readPictures(files, (file) => readShrunkPicture(file, SMALL_SIDE), warnings),
    still: ({ frame }) => readShrunkPicture(files[frame]!.path, STILL_SIDE),
  };
}

async function firstReadable(files: readonly PictureFile[]): Promise<{ width: number; height: number }> {
  let failure: unknown;
  for (const { path } of files) {
    try {
      return await readShrunkPicture(path, STILL_SIDE);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}
