/** The masks of hybrid video: where the animation stays and where the video's picture comes in. In 8 bits, as Deforum's are. */

import type { ByteImage } from "../tensor/image.ts";
import { blendLevel, contrastLevels, grayLevels } from "./levels.ts";

export interface MaskAdjustments {
  readonly inverse: boolean;
  /** Spreads the gray levels evenly: before contrast and auto contrast, after, or both. */
  readonly equalize: "none" | "before" | "after" | "both";
  /** Factor about the mean, 1 = as it is. */
  readonly contrast: number;
  /** Percentiles that become black and white, 0–100; null = no auto contrast. */
  readonly cutoffs: readonly [low: number, high: number] | null;
}

/** (1 − share) · gray(previous) + share · gray(video). */
export function blendMask(previous: ByteImage, video: ByteImage, share: number): Uint8Array {
  const [before, now] = [grayLevels(previous), grayLevels(video)];
  return before.map((level, i) => blendLevel(level, now[i]!, share));
}

/** |gray(previous) − gray(video)|: white where the two differ. */
export function differenceMask(previous: ByteImage, video: ByteImage): Uint8Array {
  const now = grayLevels(video);
  return grayLevels(previous).map((level, i) => Math.abs(level - now[i]!));
}

/** Inverse, equalize, contrast, auto contrast, equalize, in this order (Deforum, behavior). */
export function adjustMask(
  mask: Uint8Array,
  { inverse, equalize, contrast, cutoffs }: MaskAdjustments,
): Uint8Array {
  let levels = inverse ? mask.map((level) => 255 - level) : mask;
  if (equalize === "before" || equalize === "both") levels = equalized(levels);
  if (contrast !== 1) levels = contrastLevels(levels, contrast);
  if (cutoffs !== null) levels = stretched(levels, ...cutoffs);
  return equalize === "after" || equalize === "both" ? equalized(levels) : levels;
}

/** Equalizes the histogram. Source: Pillow's ImageOps.equalize (behavior). */
function equalized(levels: Uint8Array): Uint8Array {
  const histogram = new Float64Array(256);
  for (const level of levels) histogram[level]!++;
  const last = histogram.findLast((count) => count > 0) ?? 0;
  const step = Math.floor((levels.length - last) / 255);
  if (step === 0) return levels;
  const table = new Uint8Array(256);
  let count = Math.floor(step / 2);
  for (let level = 0; level < 256; level++) {
    table[level] = Math.min(255, Math.floor(count / step));
    count += histogram[level]!;
  }
  return levels.map((level) => table[level]!);
}

/** Stretches the levels so that the two percentiles become black and white. A mask that is flat between them stays. */
function stretched(levels: Uint8Array, low: number, high: number): Uint8Array {
  const sorted = levels.toSorted();
  const [black, white] = [percentile(sorted, low), percentile(sorted, high)];
  if (!(white > black)) return levels;
  return levels.map((level) =>
    Math.trunc(Math.min(255, Math.max(0, (255 * (level - black)) / (white - black)))),
  );
}

/** Between the two nearest ranks, linear. */
function percentile(sorted: Uint8Array, percent: number): number {
  const rank = (Math.min(100, Math.max(0, percent)) / 100) * (sorted.length - 1);
  const below = Math.floor(rank);
  const next = sorted[Math.min(sorted.length - 1, below + 1)]!;
  return sorted[below]! + (rank - below) * (next - sorted[below]!);
}
