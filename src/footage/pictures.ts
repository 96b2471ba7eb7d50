/** Pictures in files as footage: what a run and a folder have in common. */

import { FileError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import { fromRgbBytes } from "../tensor/picture-file.ts";
import { fitInto } from "./fit-into.ts";
import { type FootageFrame, SMALL_SIDE } from "./footage.ts";

export interface PictureFile {
  /** Absolute path. */
  readonly path: string;
  readonly frame: number;
  readonly timeSeconds: number;
}

/**
 * The pictures in order, small. One that cannot be read is told to `warnings` and left out; the next one is read while one is used.
 *
 * @throws FileError when none can be read
 */
export async function* readPictures(
  files: readonly PictureFile[],
  read: (path: string) => Promise<ByteImage>,
  warnings: string[],
): AsyncGenerator<FootageFrame, void> {
  const readSmall = async (file: PictureFile | undefined): Promise<ByteImage | FileError | undefined> => {
    try {
      return file && (await reduce(await read(file.path)));
    } catch (error) {
      if (error instanceof FileError) return error;
      throw error;
    }
  };
  let count = 0;
  let next = readSmall(files[0]);
  for (const [index, { path, frame, timeSeconds }] of files.entries()) {
    const image = await next;
    next = readSmall(files[index + 1]);
    // Thrown where it is awaited; until then it must not count as unhandled.
    next.catch(() => {});
    if (image instanceof FileError) warnings.push(`${path}: ${image.message}; left out`);
    else if (image) {
      count++;
      yield { frame, timeSeconds, image };
    }
  }
  if (count > 0) return;
  throw new FileError("none of the pictures can be read", {
    where: files[0]?.path ?? "",
    hint: warnings.at(-1) ?? "name a folder with pictures",
  });
}

async function reduce(image: ByteImage): Promise<ByteImage> {
  const size = fitInto(image, SMALL_SIDE, SMALL_SIDE);
  if (size.width === image.width && size.height === image.height) return image;
  const { data, info } = await fromRgbBytes(image)
    .resize({ ...size, fit: "fill", kernel: "linear" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}
