/** RGB, HSV and CIE L*a*b* on the 0–255 scale of OpenCV's 8-bit pictures, but without rounding. */

import { invert, type Matrix3, multiply } from "../motion/matrix3.ts";

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
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8] = WHITE_FROM_RGB;
  const levels = new Float32Array(rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    const r = look(LINEAR_FROM_SRGB, rgb[i + red]!);
    const g = look(LINEAR_FROM_SRGB, rgb[i + 1]!);
    const b = look(LINEAR_FROM_SRGB, rgb[i + 2 - red]!);
    const x = look(LIGHTNESS, m0 * r + m1 * g + m2 * b);
    const y = look(LIGHTNESS, m3 * r + m4 * g + m5 * b);
    const z = look(LIGHTNESS, m6 * r + m7 * g + m8 * b);
    levels[i] = 2.55 * (116 * y - 16);
    levels[i + 1] = 500 * (x - y) + 128;
    levels[i + 2] = 200 * (y - z) + 128;
  }
  return levels;
}

function rgbFromLab(levels: Float32Array, red: 0 | 2): Float32Array {
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8] = RGB_FROM_WHITE;
  const rgb = new Float32Array(levels.length);
  for (let i = 0; i < levels.length; i += 3) {
    const lightness = (levels[i]! / 2.55 + 16) / 116;
    const x = shareOfWhite(lightness + (levels[i + 1]! - 128) / 500);
    const y = shareOfWhite(lightness);
    const z = shareOfWhite(lightness - (levels[i + 2]! - 128) / 200);
    rgb[i + red] = look(SRGB_FROM_LINEAR, m0 * x + m1 * y + m2 * z);
    rgb[i + 1] = look(SRGB_FROM_LINEAR, m3 * x + m4 * y + m5 * z);
    rgb[i + 2 - red] = look(SRGB_FROM_LINEAR, m6 * x + m7 * y + m8 * z);
  }
  return rgb;
}

function shareOfWhite(lightness: number): number {
  const share = lightness * lightness * lightness;
  return share > DARK ? share : (lightness - DARK_OFFSET) / DARK_SLOPE;
}

// Powers and roots cost more than the rest of a pixel: tables of 0–1, read with linear interpolation. Errors, in 8-bit levels, stay
// below 0.005; the two with a steep start are finer.
const LINEAR_FROM_SRGB = table(4096, (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
const LIGHTNESS = table(16_384, (v) => (v > DARK ? Math.cbrt(v) : DARK_SLOPE * v + DARK_OFFSET));
const SRGB_FROM_LINEAR = table(16_384, (v) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));

/** `steps` + 2 values, so that looking up 1 needs no special case. */
function table(steps: number, curve: (value: number) => number): Float32Array {
  return Float32Array.from({ length: steps + 2 }, (_, i) => curve(i / steps));
}

function look(curve: Float32Array, value: number): number {
  const position = clamp(value) * (curve.length - 2);
  const index = position | 0;
  const low = curve[index]!;
  return low + (position - index) * (curve[index + 1]! - low);
}
