/** Where the pictures of a ControlNet come from: a video, a folder, one picture, or the frame before. */

import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { FileError, RenderError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import { type PictureSize, readPicture } from "../tensor/picture-file.ts";
import { extractFrames } from "../video/extract-frames.ts";

/** The pictures of one ControlNet. */
export interface InputPictures {
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
  /** For messages: `controlnet.0.input`. */
  readonly setting: string;
}

const PICTURES = new Set([".png", ".jpg", ".jpeg", ".webp"]);
/** Other than by character codes: `frame 9.png` comes before `frame 10.png`. */
const NATURAL = new Intl.Collator("en", { numeric: true });

/**
 * Opens the input; the pictures of a video are extracted at once.
 *
 * @returns null for {@link PREVIOUS}
 * @throws FileError when there is nothing at the path, or no picture in the folder; EncodeError when a video cannot be read
 */
export async function openInputPictures(request: InputRequest): Promise<InputPictures | null> {
  const { input, baseFolder, size, setting } = request;
  if (input === PREVIOUS) return null;
  const path = resolve(baseFolder, input);
  const status = await stat(path).catch(() => undefined);
  if (!status) {
    throw new FileError("there is no such file or folder", {
      where: `${setting} ${path}`,
      hint: "give a video, a folder of pictures or one picture, or `previous` for the frame before",
    });
  }
  if (status.isFile() && PICTURES.has(extname(path).toLowerCase())) return picturesOf(() => path, size);
  const files = status.isDirectory() ? await listPictures(path, setting) : await extract(path, request);
  return picturesOf((frame) => {
    const file = files[frame];
    if (file !== undefined) return file;
    throw new RenderError(`${setting} has ${files.length} pictures, none for frame ${frame}`, {
      where: path,
      hint: `render ${files.length} frames, or set the ControlNet's weight to 0 from frame ${files.length} on`,
    });
  }, size);
}

async function extract(path: string, { cacheFolder, size, fps, frames }: InputRequest): Promise<string[]> {
  return await extractFrames({ path, folder: cacheFolder, ...size, fps, frames });
}

async function listPictures(folder: string, setting: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => PICTURES.has(extname(name).toLowerCase()));
  if (names.length === 0) {
    throw new FileError("there are no pictures (PNG, JPEG, WebP) in the folder", {
      where: `${setting} ${folder}`,
    });
  }
  return names.toSorted(NATURAL.compare).map((name) => join(folder, name));
}

function picturesOf(fileAt: (frame: number) => string, size: PictureSize): InputPictures {
  // One picture for all frames is read once.
  let last: { file: string; hash: Promise<string> } | undefined;
  return {
    async hashAt(frame) {
      const file = fileAt(frame);
      if (last?.file !== file) last = { file, hash: hashOf(file) };
      return await last.hash;
    },
    async readAt(frame) {
      return await readPicture(fileAt(frame), size);
    },
  };
}

async function hashOf(file: string): Promise<string> {
  try {
    return createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
  } catch (cause) {
    throw new FileError("the picture cannot be read", { where: file, cause });
  }
}
