/**
 * The depth of each frame as a picture, `depth/000031.png`: 16 bits, near is white. Each carries the hash of the frame and of the network that
 * it came from, and one that does not fit is made again.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "../tensor/sharp.ts";
import { makeFolder, sweepTemporaryFiles, writeFileAtomic } from "../files.ts";
import type { DepthInfo } from "../models/picture-networks.ts";
import { type DepthKind, extentOf } from "../motion/depth.ts";
import type { ByteImage } from "../tensor/image.ts";
import { insertPngText, readPngText } from "../tensor/png-text.ts";
import { sha256 } from "./chain.ts";
import { runtimeVersion } from "./run-facts.ts";
import { frameFile } from "../frame-file.ts";

/** What tells near from far: the depth network in the inference process. */
export interface DepthFinder {
  readonly depth: DepthInfo | null;
  estimateDepth(picture: ByteImage): Promise<Float32Array>;
}

export interface DepthMaps {
  /** Writes the depth of a frame whose file is in the run folder. */
  take(frame: number, picture: ByteImage): Promise<void>;
}

/** PNG text that says what a map was made from. */
const ORIGIN = "animate-depth";

/**
 * Opens `depth/` in a run folder.
 *
 * @param kind what the network's numbers mean, where it does not say so itself
 */
export async function openDepthMaps(
  folder: string,
  kind: Exclude<DepthKind, "nearness">,
  finder: DepthFinder,
): Promise<DepthMaps> {
  const { hash, output } = finder.depth!;
  await makeFolder(join(folder, "depth"));
  await sweepTemporaryFiles(join(folder, "depth"));

  return {
    async take(frame, picture) {
      const source = await readFile(join(folder, frameFile(frame)));
      const origin = sha256(`${sha256(source)} ${hash} ${runtimeVersion} ${kind}`);
      const file = join(folder, depthFile(frame));
      if (await isMadeFrom(origin, file)) return;
      const map = await finder.estimateDepth(picture);
      const levels = depthLevels(map, output === "nearness" ? "nearness" : kind);
      const { width, height } = picture;
      const png = await sharp(levels, { raw: { width, height, channels: 1 } })
        .toColorspace("grey16")
        .png()
        .toBuffer();
      await writeFileAtomic(file, insertPngText(png, [{ keyword: ORIGIN, text: origin }]));
    },
  };
}

/** `depth/000031.png`. */
export function depthFile(frame: number): string {
  return frameFile(frame).replace(/^frames/, "depth");
}

/**
 * Levels of 0 to 65535, the nearest being the largest. Nearness keeps its scale; maps of unknown scale are stretched over all levels, and
 * one that says nothing is white.
 */
export function depthLevels(map: Float32Array, kind: DepthKind): Uint16Array {
  const extent = kind === "nearness" ? ([0, 1] as const) : extentOf(map);
  if (extent === null) return new Uint16Array(map.length).fill(WHITE);
  const [least, most] = extent;
  return Uint16Array.from(map, (value) => {
    const share = (value - least) / (most - least);
    return Math.round(WHITE * Math.min(1, Math.max(0, kind === "metric" ? 1 - share : share)));
  });
}

const WHITE = 65_535;

async function isMadeFrom(origin: string, file: string): Promise<boolean> {
  try {
    return readPngText(await readFile(file)).some(
      ({ keyword, text }) => keyword === ORIGIN && text === origin,
    );
  } catch {
    // Missing or damaged alike: it is made again.
    return false;
  }
}
