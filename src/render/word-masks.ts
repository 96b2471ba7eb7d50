/** Masks of what words name in the picture of a frame. */

import { resolve } from "node:path";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { masksByWords } from "../schedule/mask-plan.ts";
import type { Settings } from "../settings/schema.ts";
import { type RgbImage, toByteImage } from "../tensor/image.ts";
import { otsuThreshold } from "../tensor/otsu.ts";
import type { Inference } from "./inference-process.ts";

/** The mask of what words name: `height * width`, 1 where it is, else 0. */
export type FindWords = (words: string) => Promise<Float32Array>;

/** What is less likely than this is not there at all; else there would be a mask of nothing. Levels of 255. */
const LEAST_LIKELY = 25;

/** Path of the network that masks need, absolute; null = none names words. */
export function wordFinderPath(settings: Settings, scheduleFolder: string): string | null {
  const { words_model: path } = settings.mask;
  return path !== null && masksByWords(settings) ? resolve(scheduleFolder, path) : null;
}

/**
 * Black and white parted where the two differ most (source: Deforum, behavior), but never below a tenth of certainty: what is not in the
 * picture gives a black mask.
 */
export function wordMasks({ findWords }: Pick<Inference, "findWords">): (picture: RgbImage) => FindWords {
  return (picture) => async (words) => {
    const likely = await findWords(toByteImage(picture), words);
    const levels = Uint8Array.from(likely, (share) => Math.floor(255 * share));
    const threshold = Math.max(LEAST_LIKELY, otsuThreshold(levels));
    return Float32Array.from(levels, (level) => (level > threshold ? 1 : 0));
  };
}

/** A mask whose words are looked for in the picture that it is asked for. */
export function seeing<Found>(
  maskAt: (frame: FramePlan, find: FindWords) => Promise<Found>,
  wordsIn: (picture: RgbImage) => FindWords,
): (frame: FramePlan, picture: RgbImage) => Promise<Found> {
  return (frame, picture) => maskAt(frame, wordsIn(picture));
}
