/** Draws a picture from positions in another: bicubic, bilinear or nearest, with a rule for what lies outside. */

import { doublesAt, floatsAt, kernels, lendMemory, wordsAt } from "../kernels/kernels.ts";
import type { RgbImage } from "../tensor/image.ts";
import { MARGIN, type Padding, TAP_RULES, type TapRule, writeWithMargin } from "./padding.ts";
import { roundHalfEven } from "./round-half-even.ts";

/** bicubic: Keys' kernel with a = −0.75 over 4×4 pixels. nearest: halves go to the even pixel. */
export type Sampling = "bicubic" | "bilinear" | "nearest";

/**
 * Fills `positions` (`2 * width` long: column, row of each pixel of output row `row`) with where to look in the source, in pixels,
 * pixel centers at whole numbers.
 */
export type LocateRow = (row: number, positions: Float64Array) => void;

/**
 * The picture whose every pixel is looked up in `image` at the position that `locate` gives. Same size as `image`; bicubic results are
 * clamped to 0–1, because the kernel overshoots. Source of kernel and padding rules: torch grid_sample (behavior).
 */
export function resample(image: RgbImage, locate: LocateRow, sampling: Sampling, padding: Padding): RgbImage {
  const { width, height } = image;
  const data = new Float32Array(3 * width * height);
  if (sampling === "nearest") sampleNearest(image, locate, TAP_RULES[padding], data);
  else sampleBetween(image, locate, sampling, padding, data);
  return { width, height, data };
}

/** Beyond this a position is as good as infinitely far; keeps whole-number arithmetic exact. */
const FAR = 1e9;

function reachable(position: number): number {
  // Not finite only at the limits of floating point: a lens of nearly 0°, seen from its own plane.
  return position > FAR ? FAR : position > -FAR ? position : Number.isNaN(position) ? 0 : -FAR;
}

function sampleNearest(
  { width, height, data }: RgbImage,
  locate: LocateRow,
  tap: TapRule,
  output: Float32Array,
): void {
  const positions = new Float64Array(2 * width);
  for (let y = 0, o = 0; y < height; y++) {
    locate(y, positions);
    for (let i = 0; i < positions.length; i += 2, o += 3) {
      const column = tap(roundHalfEven(reachable(positions[i]!)), width);
      const row = tap(roundHalfEven(reachable(positions[i + 1]!)), height);
      if (column < 0 || row < 0) continue;
      const s = 3 * (row * width + column);
      output[o] = data[s]!;
      output[o + 1] = data[s + 1]!;
      output[o + 2] = data[s + 2]!;
    }
  }
}

function sampleBetween(
  image: RgbImage,
  locate: LocateRow,
  sampling: "bicubic" | "bilinear",
  padding: Padding,
  output: Float32Array,
): void {
  const { width, height } = image;
  const tap = TAP_RULES[padding];
  const sampleRow = sampling === "bicubic" ? kernels.bicubicRow : kernels.bilinearRow;
  const sampleOutside = sampling === "bicubic" ? sampleBicubic : sampleBilinear;
  // Black and edge pixels stay the same from the margin on; kernels look no further.
  const endless = padding === "border" || padding === "zeros";
  const stride = 3 * (width + 2 * MARGIN);
  const marginal = stride * (height + 2 * MARGIN);
  lendMemory([4 * marginal, 16 * width, 12 * width, 4 * width], (picture, where, drawn, outside) => {
    writeWithMargin(image, tap, floatsAt(picture, marginal));
    const first = picture + 4 * (MARGIN * stride + 3 * MARGIN);
    const positions = doublesAt(where, 2 * width);
    const pixels = floatsAt(drawn, 3 * width);
    const left = wordsAt(outside, width);
    for (let row = 0, o = 0; row < height; row++, o += 3 * width) {
      locate(row, positions);
      const count = sampleRow(first, 4 * stride, width, height, where, width, drawn, outside);
      output.set(pixels, o);
      if (endless) continue;
      for (let i = 0; i < count; i++) {
        const column = left[i]!;
        sampleOutside(image, positions[2 * column]!, positions[2 * column + 1]!, tap, output, o + 3 * column);
      }
    }
  });
}

function sampleBilinear(
  image: RgbImage,
  x: number,
  y: number,
  tap: TapRule,
  output: Float32Array,
  o: number,
): void {
  const px = reachable(x);
  const py = reachable(y);
  WEIGHTS_X[0] = 1 - (px - Math.floor(px));
  WEIGHTS_X[1] = px - Math.floor(px);
  WEIGHTS_Y[0] = 1 - (py - Math.floor(py));
  WEIGHTS_Y[1] = py - Math.floor(py);
  sumTaps(image, Math.floor(px), Math.floor(py), 2, tap);
  output[o] = SUM[0]!;
  output[o + 1] = SUM[1]!;
  output[o + 2] = SUM[2]!;
}

function sampleBicubic(
  image: RgbImage,
  x: number,
  y: number,
  tap: TapRule,
  output: Float32Array,
  o: number,
): void {
  const px = reachable(x);
  const py = reachable(y);
  cubicWeights(px - Math.floor(px), WEIGHTS_X);
  cubicWeights(py - Math.floor(py), WEIGHTS_Y);
  sumTaps(image, Math.floor(px) - 1, Math.floor(py) - 1, 4, tap);
  for (let c = 0; c < 3; c++) output[o + c] = Math.min(1, Math.max(0, SUM[c]!));
}

/** Keys' parameter; torch and OpenCV use −0.75, Pillow −0.5. */
const KEYS = -0.75;

/** Weights of the pixels at −1, 0, 1, 2 for a position between 0 and 1. */
function cubicWeights(t: number, weights: Float64Array): void {
  const s = 1 - t;
  const before = KEYS * t * s * s;
  const at = ((KEYS + 2) * t - (KEYS + 3)) * t * t + 1;
  const beyond = KEYS * t * t * s;
  weights[0] = before;
  weights[1] = at;
  weights[2] = 1 - before - at - beyond;
  weights[3] = beyond;
}

// Workspaces of the functions around, so that no pixel allocates.
const WEIGHTS_X = new Float64Array(4);
const WEIGHTS_Y = new Float64Array(4);
const SUM = new Float64Array(3);

/** Weighted sum over `count`×`count` pixels from (column, row) on, some of them outside. */
function sumTaps(
  { width, height, data }: RgbImage,
  column: number,
  row: number,
  count: number,
  tap: TapRule,
): void {
  SUM.fill(0);
  for (let j = 0; j < count; j++) {
    const sourceRow = tap(row + j, height);
    if (sourceRow < 0) continue;
    for (let i = 0; i < count; i++) {
      const sourceColumn = tap(column + i, width);
      if (sourceColumn < 0) continue;
      const weight = WEIGHTS_Y[j]! * WEIGHTS_X[i]!;
      const s = 3 * (sourceRow * width + sourceColumn);
      SUM[0]! += weight * data[s]!;
      SUM[1]! += weight * data[s + 1]!;
      SUM[2]! += weight * data[s + 2]!;
    }
  }
}
