/** What a frame is worth as a still: six numbers, a fingerprint, and the reason if it is a dud. */
import type { ByteImage } from "../tensor/image.ts";
import { colorGrid, type ColorGrid } from "./color-grid.ts";
import { differenceHash, type DifferenceHash } from "./difference-hash.ts";
import { shrink, toLuma, type LumaPlane } from "./luma.ts";

export interface FrameScore {
  /** Variance of the Laplacian of the luma (0–255) at normalized size; a sharp drawing has 40–1000, a blurred one below 12 (Pech-Pacheco et al., ICPR 2000). */
  readonly sharpness: number;
  /**
   * Energy of the Laplacian over energy of the Sobel gradient: 0.02–0.1 for pictures, whose detail lies along edges; 0.83 (20/24, the kernels'
   * own energies) for white noise, whose detail lies in single pixels. Own.
   */
  readonly noisiness: number;
  /** RMS contrast: standard deviation of the luma, 0–0.5. */
  readonly contrast: number;
  /** Mean luma, 0–1. */
  readonly brightness: number;
  /** Share of pixels without detail because they are nearly black or nearly white, 0–1. */
  readonly clipped: number;
  /** Hasler & Süsstrunk 2003: 0 gray, 33 moderate, 59 quite, 82 highly, above 109 extremely colorful. */
  readonly colorfulness: number;
  readonly hash: DifferenceHash;
  /** The frame in 16 colors, by which shots and scenes are told apart. */
  readonly grid: ColorGrid;
  /** Set when the frame is no candidate, however few there are. */
  readonly dud: DudReason | undefined;
}

export type DudReason = "black" | "white" | "flat" | "blurred" | "noise";

/** Sharpness depends on size, so frames are compared at this longer side, in pixels; smaller ones are not enlarged. */
const NORMAL_SIDE = 256;

/** Mean luma at or below which a frame is dark: hecate (Song et al., CIKM 2016). */
const BLACK_MEAN = 0.075;
/** A dark frame with lights in it is a night: black only when its contrast is below this as well. Own, measured on drawn night skies (0.09 and more). */
const NIGHT_CONTRAST = 0.06;
/** Mean luma of 245 of 255, above which a frame is white (avio's thumbnail filter). */
const WHITE_MEAN = 245 / 255;
/** RMS contrast below which a frame shows next to nothing. Own: fog over mountains has 0.06. */
const FLAT_CONTRAST = 0.02;
/**
 * Variance of the Laplacian below which a frame is blurred. Own, measured on 48 drawings of 256 × 256: the softest has 39; under a Gaussian of
 * 2 pixels half of them fall below 8, under one of 3 pixels all fall below 11. The usual 100 for photographs would reject a quarter of the
 * untouched ones. What is merely soft is left to the ranking.
 */
const BLURRED_SHARPNESS = 12;
/** Noisiness above which a frame is noise rather than a picture: a drawing under uniform noise of ±60 levels has 0.55. Own. */
const NOISE = 0.5;

/** Luma levels that count as clipped. */
const DARKEST_LEVEL = 4;
const BRIGHTEST_LEVEL = 251;

/** Scores one frame. Pure; 2–5 ms at 256 × 256. */
export function scoreFrame(image: ByteImage): FrameScore {
  const full = toLuma(image);
  const luma = normalizeSize(full);
  const { mean, deviation } = statistics(luma.values);
  const score = {
    ...measureDetail(luma),
    contrast: deviation / 255,
    brightness: mean / 255,
    clipped: clippedShare(full),
    colorfulness: colorfulness(image),
    hash: differenceHash(luma),
    grid: colorGrid(image),
  };
  return { ...score, dud: dudReason(score) };
}

function dudReason(score: Omit<FrameScore, "dud">): DudReason | undefined {
  const { brightness, contrast, sharpness, noisiness } = score;
  if (brightness <= BLACK_MEAN && contrast < NIGHT_CONTRAST) return "black";
  if (brightness >= WHITE_MEAN) return "white";
  if (contrast < FLAT_CONTRAST) return "flat";
  if (sharpness < BLURRED_SHARPNESS) return "blurred";
  return noisiness > NOISE ? "noise" : undefined;
}

function normalizeSize(luma: LumaPlane): LumaPlane {
  const factor = Math.min(1, NORMAL_SIDE / Math.max(luma.width, luma.height));
  return shrink(
    luma,
    Math.max(1, Math.round(luma.width * factor)),
    Math.max(1, Math.round(luma.height * factor)),
  );
}

function statistics(values: Float32Array): { mean: number; deviation: number } {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / values.length - mean * mean)) };
}

/** Laplacian [0 1 0; 1 −4 1; 0 1 0] and Sobel [−1 0 1; −2 0 2; −1 0 1] over all inner pixels. */
function measureDetail({ width, height, values }: LumaPlane): { sharpness: number; noisiness: number } {
  const count = (width - 2) * (height - 2);
  if (width < 3 || height < 3) return { sharpness: 0, noisiness: 0 };
  let sum = 0;
  let squares = 0;
  let gradient = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) {
      const above = i - width;
      const below = i + width;
      const cross = values[i - 1]! + values[i + 1]! + values[above]! + values[below]!;
      const response = cross - 4 * values[i]!;
      sum += response;
      squares += response * response;
      // The two Sobel kernels share their diagonals.
      const falling = values[below + 1]! - values[above - 1]!;
      const rising = values[above + 1]! - values[below - 1]!;
      const across = falling + rising + 2 * (values[i + 1]! - values[i - 1]!);
      const down = falling - rising + 2 * (values[below]! - values[above]!);
      gradient += across * across + down * down;
    }
  }
  const sharpness = Math.max(0, squares / count - (sum / count) ** 2);
  return { sharpness, noisiness: squares === 0 ? 0 : squares / Math.max(gradient, Number.EPSILON) };
}

function clippedShare({ values }: LumaPlane): number {
  let clipped = 0;
  for (const value of values) if (value < DARKEST_LEVEL || value > BRIGHTEST_LEVEL) clipped++;
  return clipped / values.length;
}

/**
 * Hasler & Süsstrunk, "Measuring colourfulness in natural images", 2003, equation for M̂³:
 * rg = R − G, yb = (R + G)/2 − B, M = √(σrg² + σyb²) + 0.3 √(µrg² + µyb²), on 0–255.
 */
function colorfulness({ data }: ByteImage): number {
  const count = data.length / 3;
  let redGreen = 0;
  let redGreenSquares = 0;
  let yellowBlue = 0;
  let yellowBlueSquares = 0;
  for (let i = 0; i < data.length; i += 3) {
    const rg = data[i]! - data[i + 1]!;
    const yb = (data[i]! + data[i + 1]!) / 2 - data[i + 2]!;
    redGreen += rg;
    redGreenSquares += rg * rg;
    yellowBlue += yb;
    yellowBlueSquares += yb * yb;
  }
  const meanRg = redGreen / count;
  const meanYb = yellowBlue / count;
  const variance = redGreenSquares / count - meanRg ** 2 + yellowBlueSquares / count - meanYb ** 2;
  return Math.sqrt(Math.max(0, variance)) + 0.3 * Math.hypot(meanRg, meanYb);
}
