/** A folder of pictures as footage. */

import { basename, join } from "node:path";
import { readdir } from "node:fs/promises";
import { FileError } from "../errors.ts";
import { readPicture } from "../tensor/picture-file.ts";
import type { Footage } from "./footage.ts";
import { type PictureFile, readPictures } from "./pictures.ts";

const PICTURE_NAME = /\.(png|jpe?g|webp)$/i;
/** 2.png before 10.png, whatever the language of the machine. */
const NATURAL_ORDER = new Intl.Collator("en", { numeric: true });

/**
 * Opens the PNG, JPEG and WebP files of a folder, in natural order of their names; folders in it are not looked into. Pictures have no times:
 * they are taken for one per second.
 *
 * @param path absolute
 * @throws FileError when there is none, or none that can be read
 */
export async function openFolderFootage(path: string): Promise<Footage> {
  const names = (await readdir(path)).filter((name) => PICTURE_NAME.test(name) && !name.startsWith("."));
  const files = names
    .toSorted((a, b) => NATURAL_ORDER.compare(a, b) || (a < b ? -1 : 1))
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
    frames: () => readPictures(files, readPicture, warnings),
    still: ({ frame }) => readPicture(files[frame]!.path),
  };
}

async function firstReadable(files: readonly PictureFile[]): Promise<{ width: number; height: number }> {
  let failure: unknown;
  for (const { path } of files) {
    try {
      return await readPicture(path);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}
