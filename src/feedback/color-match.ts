/** Keeps the colors of a frame near those of a reference frame, channel by channel, by histogram matching. */

import { type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import { COLOR_SPACES, type ColorSpaceName } from "./color-space.ts";

export interface ColorMatchOptions {
  /**
   * Work in whole 8-bit levels, truncated, and read R, G, B as B, G, R before the conversion to HSV or LAB, as Deforum does; the colors
   * come out 15 levels away from a proper match. Default false: float in, float out.
   */
  readonly deforumExact?: boolean;
}

const LEVELS = 256;
/** Pixels per level, one array of 256 for each of the three channels. */
type Histograms = readonly Uint32Array[];

/**
 * `image` with each channel's distribution of values made that of `reference`. The distributions are counted in 256 levels; the mapping
 * between them is continuous, so that gradients stay smooth and a picture matched to itself is unchanged. Source: Deforum (behavior),
 * scikit-image match_histograms (behavior).
 *
 * @param reference may have another size
 * @param space hue is treated as an ordinary number, as Deforum does
 * @returns a picture of the size of `image`, 0–1
 */
export function matchColors(
  image: RgbImage,
  reference: RgbImage,
  space: ColorSpaceName,
  { deforumExact = false }: ColorMatchOptions = {},
): RgbImage {
  const levels = toLevels(image, space, deforumExact);
  const wanted = referenceHistograms(reference, space, deforumExact);
  const present = histograms(levels);
  const tables = [0, 1, 2].map((channel) => matchTable(present[channel]!, wanted[channel]!));
  if (deforumExact) mapWhole(levels, tables);
  else mapBetween(levels, tables);
  return { width: image.width, height: image.height, data: toRgb(levels, space, deforumExact) };
}

/**
 * Where histogram matching sends each of the 256 levels: level a goes to the value below which the reference has as large a share of
 * its pixels as the source has at or below a. Levels that the source does not have lie on the line between their neighbors, and
 * outside its range at their distance from the last one: fractions of a level are mapped between the levels.
 *
 * @param source pixels per level
 * @param reference pixels per level, not all 0
 */
export function matchTable(source: Uint32Array, reference: Uint32Array): Float64Array {
  const sourceTotal = source.reduce((a, b) => a + b, 0);
  const referenceTotal = reference.reduce((a, b) => a + b, 0);
  const mapping = new Float64Array(LEVELS);
  // The reference levels around the share in question, with the shares of pixels at or below each.
  let below = reference.findIndex((count) => count > 0);
  let above = below;
  let aboveCount = reference[below]!;
  let shareBelow = aboveCount / referenceTotal;
  let shareAbove = shareBelow;
  let sourceCount = 0;
  let previous = -1;
  for (let level = 0; level < LEVELS; level++) {
    if (source[level] === 0) continue;
    sourceCount += source[level]!;
    const share = sourceCount / sourceTotal;
    while (shareAbove < share) {
      [below, shareBelow] = [above, shareAbove];
      do above++;
      while (reference[above] === 0);
      aboveCount += reference[above]!;
      shareAbove = aboveCount / referenceTotal;
    }
    const climb = share > shareBelow ? (share - shareBelow) / (shareAbove - shareBelow) : 0;
    mapping[level] = below + climb * (above - below);
    fillBetween(mapping, previous, level);
    previous = level;
  }
  for (let level = previous + 1; level < LEVELS; level++) {
    mapping[level] = Math.min(LEVELS - 1, mapping[previous]! + level - previous);
  }
  return mapping;
}

/** Levels between two that occur: on the line; before the first: as far below it as they are. */
function fillBetween(mapping: Float64Array, from: number, to: number): void {
  const end = mapping[to]!;
  const step = from < 0 ? 1 : (end - mapping[from]!) / (to - from);
  for (let level = from + 1; level < to; level++) mapping[level] = Math.max(0, end - step * (to - level));
}

function mapWhole(levels: Float32Array, tables: readonly Float64Array[]): void {
  for (let i = 0; i < levels.length; i++) levels[i] = Math.floor(tables[i % 3]![levels[i]!]!);
}

function mapBetween(levels: Float32Array, [first, second, third]: readonly Float64Array[]): void {
  for (let i = 0; i < levels.length; i += 3) {
    levels[i] = lookBetween(first!, levels[i]!);
    levels[i + 1] = lookBetween(second!, levels[i + 1]!);
    levels[i + 2] = lookBetween(third!, levels[i + 2]!);
  }
}

function lookBetween(table: Float64Array, level: number): number {
  const below = level < LEVELS - 1 ? level | 0 : LEVELS - 2;
  const low = table[below]!;
  return low + (level - below) * (table[below + 1]! - low);
}

function histograms(levels: Float32Array): Histograms {
  const first = new Uint32Array(LEVELS);
  const second = new Uint32Array(LEVELS);
  const third = new Uint32Array(LEVELS);
  for (let i = 0; i < levels.length; i += 3) {
    first[(levels[i]! + 0.5) | 0]!++;
    second[(levels[i + 1]! + 0.5) | 0]!++;
    third[(levels[i + 2]! + 0.5) | 0]!++;
  }
  return [first, second, third];
}

/** A reference serves for many frames: its histograms are counted once per picture object. */
const counted = new WeakMap<RgbImage, Map<string, Histograms>>();

function referenceHistograms(reference: RgbImage, space: ColorSpaceName, deforumExact: boolean): Histograms {
  const known = counted.get(reference) ?? new Map<string, Histograms>();
  counted.set(reference, known);
  const key = `${space} ${deforumExact}`;
  const counts = known.get(key) ?? histograms(toLevels(reference, space, deforumExact));
  known.set(key, counts);
  return counts;
}

function toLevels(image: RgbImage, space: ColorSpaceName, deforumExact: boolean): Float32Array {
  const { toLevels: convert } = COLOR_SPACES[space];
  if (!deforumExact) return convert(image.data, 0);
  const whole = convert(toFloatImage(toByteImage(image)).data, 2).map(Math.round);
  // Hue 179.5 and more is the red of 0 again.
  if (space === "hsv") for (let i = 0; i < whole.length; i += 3) whole[i]! %= 180;
  return whole;
}

function toRgb(levels: Float32Array, space: ColorSpaceName, deforumExact: boolean): Float32Array {
  const { toRgb: convert, byteRounding } = COLOR_SPACES[space];
  if (!deforumExact) return convert(levels, 0);
  const round = byteRounding === "nearest" ? Math.round : Math.floor;
  return convert(levels, 2).map((value) => round(value * 255) / 255);
}
