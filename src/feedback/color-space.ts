/** RGB, HSV and CIE L*a*b* on the 0–255 scale of OpenCV's 8-bit pictures, but without rounding. */

import { floatsAt, keepFloats, lendMemory, wordsAt } from "../kernels/kernels.ts";
import { copyBytes, placeOf } from "../kernels/picture-room.ts";
import { fillRows } from "../kernels/share-rows.ts";
import { invert, type Matrix3, multiply } from "../motion/matrix3.ts";
import { pictureFloats } from "../tensor/near-kernels.ts";

/** How OpenCV turns a conversion's floats into 8 bits: HSV → RGB drops the fraction. */
type ByteRounding = "nearest" | "down";

/**
 * A color space with three channels of 0–255. Both functions take and give interleaved pixels; `red` is the place of red among the three
 * values of a pixel: 0, or 2 when the data are B, G, R.
 */
export interface ColorSpace {
  /** @param rgb 0–1, clamped */
  readonly toLevels: (rgb: Float32Array, red: 0 | 2) => Float32Array;
  /** @returns 0–1, clamped */
  readonly toRgb: (levels: Float32Array, red: 0 | 2) => Float32Array;
  readonly byteRounding: ByteRounding;
}

export type ColorSpaceName = "rgb" | "hsv" | "lab";

export const COLOR_SPACES: Readonly<Record<ColorSpaceName, ColorSpace>> = {
  rgb: { toLevels: levelsFromRgb, toRgb: rgbFromLevels, byteRounding: "nearest" },
  /** Hue in half degrees, 0–180; saturation and value 0–255. */
  hsv: { toLevels: hsvFromRgb, toRgb: rgbFromHsv, byteRounding: "down" },
  /** 255/100·L*, a* + 128, b* + 128; sRGB, white D65. */
  lab: { toLevels: labFromRgb, toRgb: rgbFromLab, byteRounding: "nearest" },
};

function clamp(value: number): number {
  // NaN, which no stage should make, becomes black rather than an index out of a table.
  return value > 0 ? (value < 1 ? value : 1) : 0;
}

function levelsFromRgb(rgb: Float32Array): Float32Array {
  const levels = new Float32Array(rgb.length);
  for (let i = 0; i < rgb.length; i++) levels[i] = clamp(rgb[i]!) * 255;
  return levels;
}

function rgbFromLevels(levels: Float32Array): Float32Array {
  const rgb = new Float32Array(levels.length);
  for (let i = 0; i < levels.length; i++) rgb[i] = clamp(levels[i]! / 255);
  return rgb;
}

function hsvFromRgb(rgb: Float32Array, red: 0 | 2): Float32Array {
  const levels = new Float32Array(rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    const r = clamp(rgb[i + red]!);
    const g = clamp(rgb[i + 1]!);
    const b = clamp(rgb[i + 2 - red]!);
    const value = r > g ? (r > b ? r : b) : g > b ? g : b;
    const least = r < g ? (r < b ? r : b) : g < b ? g : b;
    const range = value - least;
    let hue = 0;
    if (range > 0) {
      const sixth = 30 / range;
      if (value === r) hue = (g - b) * sixth;
      else if (value === g) hue = 60 + (b - r) * sixth;
      else hue = 120 + (r - g) * sixth;
      if (hue < 0) hue += 180;
    }
    levels[i] = hue;
    levels[i + 1] = value > 0 ? (255 * range) / value : 0;
    levels[i + 2] = 255 * value;
  }
  return levels;
}

function rgbFromHsv(levels: Float32Array, red: 0 | 2): Float32Array {
  const rgb = new Float32Array(levels.length);
  for (let i = 0; i < levels.length; i += 3) {
    const sector = levels[i]! / 30;
    const value = clamp(levels[i + 2]! / 255);
    const range = value * clamp(levels[i + 1]! / 255);
    rgb[i + red] = value - range * outOfSector(5 + sector);
    rgb[i + 1] = value - range * outOfSector(3 + sector);
    rgb[i + 2 - red] = value - range * outOfSector(1 + sector);
  }
  return rgb;
}

/** 0 where a channel is at its highest on the hexagon of hues, 1 where at its lowest; period 6. */
function outOfSector(position: number): number {
  const k = position < 6 ? position : position - 6;
  return clamp(k < 2 ? k : 4 - k);
}

/** sRGB primaries (ITU-R BT.709) to CIE XYZ, white D65, with the digits that OpenCV documents. */
const XYZ_FROM_RGB: Matrix3 = [
  0.412453, 0.35758, 0.180423, 0.212671, 0.71516, 0.072169, 0.019334, 0.119193, 0.950227,
];
/** XYZ of white is 1 in each of the three. */
const WHITE_FROM_RGB = multiply([1 / 0.950456, 0, 0, 0, 1, 0, 0, 0, 1 / 1.088754], XYZ_FROM_RGB);
const RGB_FROM_WHITE: Matrix3 = invert(WHITE_FROM_RGB) ?? raise("the sRGB primaries are not independent");

function raise(message: string): never {
  throw new Error(message);
}

/** Below this share of white, lightness is linear. */
const DARK = 0.008856;
const DARK_SLOPE = 7.787;
const DARK_OFFSET = 16 / 116;

function labFromRgb(rgb: Float32Array, red: 0 | 2): Float32Array {
  const matrix = red === 0 ? WHITE_FROM_RGB : swapColumns(WHITE_FROM_RGB);
  return convertLab(rgb, true, matrix, [LINEAR_FROM_SRGB, LIGHTNESS]);
}

function rgbFromLab(levels: Float32Array, red: 0 | 2): Float32Array {
  const matrix = red === 0 ? RGB_FROM_WHITE : swapRows(RGB_FROM_WHITE);
  return convertLab(levels, false, matrix, [SRGB_FROM_LINEAR]);
}

/** Pixels that are converted at a time: as many as stay in the processor's first cache. */
const BATCH = 1024;
/** Batches that a thread converts before it looks for more. */
const BAND_BATCHES = 16;

/** In whole batches, as the pictures of all models are; any other number of pixels is one batch. */
function convertLab(
  source: Float32Array,
  isForth: boolean,
  matrix: Matrix3,
  curves: readonly Curve[],
): Float32Array {
  const converted = pictureFloats(source.length);
  const pixels = source.length / 3;
  if (pixels === 0) return converted;
  const width = pixels % BATCH === 0 ? BATCH : pixels;
  lendMemory([copyBytes(source), 4 * matrix.length, 64], (lent, numbers, settings) => {
    const place = placeOf(source) ?? lent;
    floatsAt(numbers, matrix.length).set(matrix);
    const tables = curves.flatMap((curve) => [curve.place, curve.steps]);
    wordsAt(settings, 4 + tables.length).set([place, width, isForth ? 1 : 0, numbers, ...tables]);
    const rows = pixels / width;
    const picture = { data: source, place };
    const kernel = "convertLab";
    fillRows({ kernel, settings, rows, bandRows: BAND_BATCHES, scratchBytes: 0, picture }, converted);
  });
  return converted;
}

/** For data that are B, G, R. */
function swapColumns([a, b, c, d, e, f, g, h, i]: Matrix3): Matrix3 {
  return [c, b, a, f, e, d, i, h, g];
}

function swapRows([a, b, c, d, e, f, g, h, i]: Matrix3): Matrix3 {
  return [g, h, i, d, e, f, a, b, c];
}

// Powers and roots cost more than the rest of a pixel: tables of 0–1, read with linear interpolation. Errors, in 8-bit levels, stay
// below 0.005; the two with a steep start are finer.
const LINEAR_FROM_SRGB = table(4096, (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
const LIGHTNESS = table(16_384, (v) => (v > DARK ? Math.cbrt(v) : DARK_SLOPE * v + DARK_OFFSET));
const SRGB_FROM_LINEAR = table(16_384, (v) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));

/** A curve over 0–1 in the kernels' memory: `steps` + 2 values, so that looking up 1 needs no special case. */
interface Curve {
  readonly place: number;
  readonly steps: number;
}

function table(steps: number, curve: (value: number) => number): Curve {
  return { steps, place: keepFloats(Array.from({ length: steps + 2 }, (_, i) => curve(i / steps))) };
}
