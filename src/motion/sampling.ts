/** Draws a picture from positions in another: bicubic, bilinear or nearest, with a rule for what lies outside. */

import type { RgbImage } from "../tensor/image.ts";
import { roundHalfEven } from "./round-half-even.ts";

/** bicubic: Keys' kernel with a = −0.75 over 4×4 pixels. nearest: halves go to the even pixel. */
export type Sampling = "bicubic" | "bilinear" | "nearest";

/**
 * Outside the picture: its edge pixel; its mirror image (edge pixel repeated); black; the picture again; its mirror image (edge pixel not
 * repeated), everywhere, or for a quarter of the side and black beyond.
 */
export type Padding = "border" | "reflection" | "zeros" | "wrap" | "mirror" | "margin";

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
  const sampleRow = ROW_SAMPLERS[sampling];
  const positions = new Float64Array(2 * width);
  const data = new Float32Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    locate(row, positions);
    sampleRow(image, positions, TAP_RULES[padding], data.subarray(3 * row * width, 3 * (row + 1) * width));
  }
  return { width, height, data };
}

/** The pixel that stands for pixel `index` of a line of `size`, which may lie outside; −1 = black. */
type TapRule = (index: number, size: number) => number;

const TAP_RULES: Readonly<Record<Padding, TapRule>> = {
  border: (index, size) => (index < 0 ? 0 : index < size ? index : size - 1),
  reflection: (index, size) => {
    const phase = modulo(index, 2 * size);
    return phase < size ? phase : 2 * size - 1 - phase;
  },
  zeros: (index, size) => (index >= 0 && index < size ? index : -1),
  wrap: modulo,
  mirror: (index, size) => {
    const phase = size > 1 ? modulo(index, 2 * (size - 1)) : 0;
    return phase < size ? phase : 2 * (size - 1) - phase;
  },
  margin: (index, size) => {
    const inside = index < 0 ? -index : index < size ? index : 2 * (size - 1) - index;
    return Math.abs(inside - index) <= 2 * Math.trunc(size / 4) && inside >= 0 && inside < size ? inside : -1;
  },
};

function modulo(index: number, size: number): number {
  const rest = index % size;
  return rest < 0 ? rest + size : rest;
}

/** Beyond this a position is as good as infinitely far; keeps whole-number arithmetic exact. */
const FAR = 1e9;

function reachable(position: number): number {
  // Not finite only at the limits of floating point: a lens of nearly 0°, seen from its own plane.
  return position > FAR ? FAR : position > -FAR ? position : Number.isNaN(position) ? 0 : -FAR;
}

type RowSampler = (image: RgbImage, positions: Float64Array, tap: TapRule, output: Float32Array) => void;

const ROW_SAMPLERS: Readonly<Record<Sampling, RowSampler>> = {
  bicubic: bicubicRow,
  bilinear: bilinearRow,
  nearest: nearestRow,
};

function nearestRow(
  { width, height, data }: RgbImage,
  positions: Float64Array,
  tap: TapRule,
  output: Float32Array,
): void {
  for (let i = 0, o = 0; i < positions.length; i += 2, o += 3) {
    const column = tap(roundHalfEven(reachable(positions[i]!)), width);
    const row = tap(roundHalfEven(reachable(positions[i + 1]!)), height);
    if (column < 0 || row < 0) continue;
    const s = 3 * (row * width + column);
    output[o] = data[s]!;
    output[o + 1] = data[s + 1]!;
    output[o + 2] = data[s + 2]!;
  }
}

function bilinearRow(
  { width, height, data }: RgbImage,
  positions: Float64Array,
  tap: TapRule,
  output: Float32Array,
): void {
  const stride = 3 * width;
  for (let i = 0, o = 0; i < positions.length; i += 2, o += 3) {
    const x = positions[i]!;
    const y = positions[i + 1]!;
    if (x >= 0 && x < width - 1 && y >= 0 && y < height - 1) {
      const column = x | 0;
      const row = y | 0;
      const tx = x - column;
      const ty = y - row;
      const w00 = (1 - tx) * (1 - ty);
      const w01 = tx * (1 - ty);
      const w10 = (1 - tx) * ty;
      const w11 = tx * ty;
      const a = row * stride + 3 * column;
      const b = a + stride;
      output[o] = w00 * data[a]! + w01 * data[a + 3]! + w10 * data[b]! + w11 * data[b + 3]!;
      output[o + 1] = w00 * data[a + 1]! + w01 * data[a + 4]! + w10 * data[b + 1]! + w11 * data[b + 4]!;
      output[o + 2] = w00 * data[a + 2]! + w01 * data[a + 5]! + w10 * data[b + 2]! + w11 * data[b + 5]!;
    } else {
      const px = reachable(x);
      const py = reachable(y);
      WEIGHTS_X[0] = 1 - (px - Math.floor(px));
      WEIGHTS_X[1] = px - Math.floor(px);
      WEIGHTS_Y[0] = 1 - (py - Math.floor(py));
      WEIGHTS_Y[1] = py - Math.floor(py);
      sumTaps({ width, height, data }, Math.floor(px), Math.floor(py), 2, tap);
      output[o] = SUM[0]!;
      output[o + 1] = SUM[1]!;
      output[o + 2] = SUM[2]!;
    }
  }
}

function bicubicRow(
  { width, height, data }: RgbImage,
  positions: Float64Array,
  tap: TapRule,
  output: Float32Array,
): void {
  const stride = 3 * width;
  for (let i = 0, o = 0; i < positions.length; i += 2, o += 3) {
    const x = positions[i]!;
    const y = positions[i + 1]!;
    let red = 0;
    let green = 0;
    let blue = 0;
    if (x >= 1 && x < width - 2 && y >= 1 && y < height - 2) {
      const column = x | 0;
      const row = y | 0;
      const t = x - column;
      const s = 1 - t;
      const x0 = KEYS * t * s * s;
      const x1 = ((KEYS + 2) * t - (KEYS + 3)) * t * t + 1;
      const x3 = KEYS * t * t * s;
      const x2 = 1 - x0 - x1 - x3;
      cubicWeights(y - row, WEIGHTS_Y);
      let d = (row - 1) * stride + 3 * (column - 1);
      for (let k = 0; k < 4; k++, d += stride) {
        const w = WEIGHTS_Y[k]!;
        red += w * (x0 * data[d]! + x1 * data[d + 3]! + x2 * data[d + 6]! + x3 * data[d + 9]!);
        green += w * (x0 * data[d + 1]! + x1 * data[d + 4]! + x2 * data[d + 7]! + x3 * data[d + 10]!);
        blue += w * (x0 * data[d + 2]! + x1 * data[d + 5]! + x2 * data[d + 8]! + x3 * data[d + 11]!);
      }
    } else {
      const px = reachable(x);
      const py = reachable(y);
      cubicWeights(px - Math.floor(px), WEIGHTS_X);
      cubicWeights(py - Math.floor(py), WEIGHTS_Y);
      sumTaps({ width, height, data }, Math.floor(px) - 1, Math.floor(py) - 1, 4, tap);
      red = SUM[0]!;
      green = SUM[1]!;
      blue = SUM[2]!;
    }
    output[o] = red < 0 ? 0 : red > 1 ? 1 : red;
    output[o + 1] = green < 0 ? 0 : green > 1 ? 1 : green;
    output[o + 2] = blue < 0 ? 0 : blue > 1 ? 1 : blue;
  }
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

// Workspaces of the functions below, so that no pixel allocates.
const WEIGHTS_X = new Float64Array(4);
const WEIGHTS_Y = new Float64Array(4);
const SUM = new Float64Array(3);

/** Weighted sum over `count`×`count` pixels from (column, row) on, some of them outside: the slow path near the edges. */
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
