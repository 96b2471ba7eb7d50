/**
 * Frames at the size of the video, `upscaled/000031.png`: made by the upscaler once, and taken from there when the run goes on. They are
 * derived pictures: each carries the hash of the frame and of the upscaler that it came from, and one that does not fit is made again.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { RenderError } from "../errors.ts";
import { makeFolder, sweepTemporaryFiles, writeFileAtomic } from "../files.ts";
import type { UpscalerInfo } from "../models/picture-networks.ts";
import type { ByteImage } from "../tensor/image.ts";
import { encodePng, readPngBytes } from "../tensor/picture-file.ts";
import { readPngText } from "../tensor/png-text.ts";
import { sha256 } from "./chain.ts";
import { runtimeVersion } from "./run-facts.ts";
import { frameFile } from "../frame-file.ts";

/** What makes pictures larger: the upscaler in the inference process. */
export interface Enlarger {
  readonly upscaler: UpscalerInfo | null;
  enlarge(picture: ByteImage): Promise<ByteImage>;
}

export interface EnlargedFrames {
  /** The enlarged picture of a frame whose file is in the run folder. */
  take(frame: number, picture: ByteImage): Promise<ByteImage>;
  /** What tells an enlarged picture from others: a hash. @param sha256 of the frame's file */
  identityOf(sha256: string): string;
  /** Whether it has been made already. @param sha256 of the frame's file */
  isThere(frame: number, sha256: string): Promise<boolean>;
}

/** PNG text that says what a picture was made from. */
const ORIGIN = "animate-upscaled";

/**
 * Opens `upscaled/` in a run folder.
 *
 * @param factor on both sides, > 1, see {@link passesFor}
 */
export async function openEnlargedFrames(
  folder: string,
  factor: number,
  enlarger: Enlarger,
): Promise<EnlargedFrames> {
  const upscaler = enlarger.upscaler!;
  const passes = passesFor(factor, upscaler.scale);
  await makeFolder(join(folder, "upscaled"));
  await sweepTemporaryFiles(join(folder, "upscaled"));

  const identityOf = (source: string): string =>
    sha256(`${source} ${upscaler.hash} ${runtimeVersion} ${factor}`);

  return {
    identityOf,
    isThere: async (frame, source) =>
      (await readBack(join(folder, enlargedFile(frame)), identityOf(source))) !== undefined,
    async take(frame, picture) {
      const source = await readFile(join(folder, frameFile(frame)));
      const origin = identityOf(sha256(source));
      const file = join(folder, enlargedFile(frame));
      const before = await readBack(file, origin);
      if (before) return before;
      let enlarged = picture;
      for (let pass = 0; pass < passes; pass++) enlarged = await enlarger.enlarge(enlarged);
      const texts = [...readPngText(source), { keyword: ORIGIN, text: origin }];
      await writeFileAtomic(file, await encodePng(enlarged, texts));
      return enlarged;
    },
  };
}

/** The picture that was made from `origin`; undefined when it is not there. */
async function readBack(file: string, origin: string): Promise<ByteImage | undefined> {
  try {
    const texts = readPngText(await readFile(file));
    const made = texts.find(({ keyword }) => keyword === ORIGIN);
    return made?.text === origin ? await readPngBytes(file) : undefined;
  } catch {
    // Missing or damaged alike: it is made again.
    return undefined;
  }
}

/** `upscaled/000031.png`. */
export function enlargedFile(frame: number): string {
  return frameFile(frame).replace(/^frames/, "upscaled");
}

/**
 * How often an upscaler has to be applied for a factor.
 *
 * @throws RenderError when no number of times gives it
 */
export function passesFor(factor: number, scale: number): number {
  const passes = Math.round(Math.log(factor) / Math.log(scale));
  if (scale ** passes === factor) return passes;
  throw new RenderError(`this upscaler enlarges by ${scale}, which never gives ${factor}`, {
    where: "video.upscale",
    hint: `Use ${scale} or ${scale ** 2}, or another video.upscaler.`,
  });
}
