/** Where the pictures of a ControlNet, mask or input video come from: a video, a folder, one picture, or for a ControlNet the frame before. */

import { readdir, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { FileError, RenderError } from "../errors.ts";
import { hashFile } from "../models/model-hash.ts";
import { naturalOrder } from "../natural-order.ts";
import type { ByteImage } from "../tensor/image.ts";
import { type PictureSize, readPicture } from "../tensor/picture-file.ts";
import { extractFrames, type PictureSelection } from "../video/extract-frames.ts";

/** The pictures of one ControlNet. */
export interface InputPictures {
  /** How many there are; Infinity for one picture that stands for all. */
  readonly count: number;
  /**
   * sha256 of the file that a frame's picture is read from, hex.
   * @throws RenderError when there is no picture for the frame
   */
  hashAt(frame: number): Promise<string>;
  /** The frame's picture, fitted to the size of the render. @throws RenderError when there is none */
  readAt(frame: number): Promise<ByteImage>;
}

/** The word for the frame before, as the model gets it. */
export const PREVIOUS = "previous";

export interface InputRequest {
  /** As in the settings. */
  readonly input: string;
  /** Folder that relative paths start from. */
  readonly baseFolder: string;
  /** Where the pictures of a video are kept. */
  readonly cacheFolder: string;
  readonly size: PictureSize;
  readonly fps: number;
  /** Frames of the animation. */
  readonly frames: number;
  /** Which of them count; not given: all of a folder, and of a video those at the animation's speed. */
  readonly select?: PictureSelection | undefined;
  /** For messages: `dance.yaml:7:12 controlnet.0.input`. */
  readonly setting: string;
  /** A mask or input video is never the frame before, and has no weight to do without it. Default: `controlnet`. */
  readonly purpose?: "controlnet" | "mask" | "video";
}

const PICTURES = new Set([".png", ".jpg", ".jpeg", ".webp"]);

/**
 * Opens the input; the pictures of a video are extracted at once.
 *
 * @returns null for {@link PREVIOUS}, which only a ControlNet can be
 * @throws FileError when there is nothing at the path, or no picture in the folder; EncodeError when a video cannot be read
 */
export async function openInputPictures(request: InputRequest): Promise<InputPictures | null> {
  const { input, baseFolder, size, setting, purpose = "controlnet" } = request;
  const isControl = purpose === "controlnet";
  if (input === PREVIOUS && isControl) return null;
  const path = resolve(baseFolder, input);
  const status = await stat(path).catch(() => undefined);
  if (!status) {
    throw new FileError("there is no such file or folder", {
      where: `${setting} ${path}`,
      hint: `give a video, a folder of pictures or one picture${isControl ? ", or `previous` for the frame before" : ""}`,
    });
  }
  if (status.isFile() && PICTURES.has(extname(path).toLowerCase())) {
    return picturesOf(Infinity, () => path, size);
  }
  const files = status.isDirectory() ? await listPictures(path, request) : await extract(path, request);
  return picturesOf(
    files.length,
    (frame) => {
      const file = files[frame];
      if (file !== undefined) return file;
      const without = isControl ? `, or set the ControlNet's weight to 0 from frame ${files.length} on` : "";
      throw new RenderError(`${setting} has ${files.length} pictures, none for frame ${frame}`, {
        where: path,
        hint: `render ${files.length} frames${without}`,
      });
    },
    size,
  );
}

async function extract(
  path: string,
  { cacheFolder, size, fps, frames, select }: InputRequest,
): Promise<string[]> {
  return await extractFrames({ path, folder: cacheFolder, ...size, fps, frames, select });
}

async function listPictures(
  folder: string,
  { setting, select: { nth, from, to } = { nth: 1, from: 0, to: -1 } }: InputRequest,
): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => PICTURES.has(extname(name).toLowerCase()));
  if (names.length === 0) {
    throw new FileError("there are no pictures (PNG, JPEG, WebP) in the folder", {
      where: `${setting} ${folder}`,
    });
  }
  return names
    .toSorted(naturalOrder)
    .filter((_, i) => i % Math.max(1, nth) === 0 && i >= from && (to < 0 || i <= to))
    .map((name) => join(folder, name));
}

function picturesOf(count: number, fileAt: (frame: number) => string, size: PictureSize): InputPictures {
  const hashOf = remembered(async (file) =>
    hashFile(file).catch((cause: unknown) => {
      throw new FileError("the picture cannot be read", { where: file, cause });
    }),
  );
  const read = remembered(async (file) => readPicture(file, size));
  return {
    count,
    hashAt: async (frame) => await hashOf(fileAt(frame)),
    readAt: async (frame) => await read(fileAt(frame)),
  };
}

/** One picture for all frames is read once. */
function remembered<Result>(take: (file: string) => Promise<Result>): (file: string) => Promise<Result> {
  let last: { readonly file: string; readonly result: Promise<Result> } | undefined;
  return (file) => {
    if (last?.file !== file) last = { file, result: take(file) };
    return last.result;
  };
}
