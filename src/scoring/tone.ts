/** Brightness and color of a picture as a whole. */
import type { ByteImage } from "../tensor/image.ts";
import type { Area, LumaPlane } from "./luma.ts";

export interface Tone {
  readonly brightness: number;
  readonly contrast: number;
  readonly entropy: number;
  readonly blown: number;
  readonly crushed: number;
  readonly glow: number;
}

/** Luma levels that count as clipped: no detail is left in them. */
const DARKEST_LEVEL = 4;
const BRIGHTEST_LEVEL = 251;
/** Luma level from which light glows: what lies beside an area that film or a model could not hold. */
const GLOWING_LEVEL = 235;

/** Mean, spread, entropy and clipping of the luma. */
export function measureTone({ values }: LumaPlane): Tone {
  const histogram = new Uint32Array(256);
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    sum += value;
    squares += value * value;
    histogram[(value + 0.5) | 0]!++;
  }
  const count = values.length;
  const mean = sum / count;
  let entropy = 0;
  let blown = 0;
  let crushed = 0;
  let glowing = 0;
  for (let level = 0; level < 256; level++) {
    const number = histogram[level]!;
    if (number === 0) continue;
    entropy -= (number / count) * Math.log2(number / count);
    if (level < DARKEST_LEVEL) crushed += number;
    if (level > BRIGHTEST_LEVEL) blown += number;
    else if (level > GLOWING_LEVEL) glowing += number;
  }
  return {
    brightness: mean / 255,
    contrast: Math.sqrt(Math.max(0, squares / count - mean * mean)) / 255,
    entropy,
    blown: blown / count,
    crushed: crushed / count,
    glow: glowing / Math.max(1, blown),
  };
}

/**
 * Hasler & Süsstrunk, "Measuring colourfulness in natural images", 2003, equation for M̂³:
 * rg = R − G, yb = (R + G)/2 − B, M = √(σrg² + σyb²) + 0.3 √(µrg² + µyb²), on 0–255. Every `step`-th pixel of every `step`-th row counts.
 */
export function colorfulness({ width, data }: ByteImage, area: Area, step: number): number {
  let count = 0;
  let redGreen = 0;
  let redGreenSquares = 0;
  let yellowBlue = 0;
  let yellowBlueSquares = 0;
  for (let y = area.top; y < area.top + area.height; y += step) {
    const end = 3 * (y * width + area.left + area.width);
    for (let i = 3 * (y * width + area.left); i < end; i += 3 * step) {
      const rg = data[i]! - data[i + 1]!;
      const yb = (data[i]! + data[i + 1]!) / 2 - data[i + 2]!;
      redGreen += rg;
      redGreenSquares += rg * rg;
      yellowBlue += yb;
      yellowBlueSquares += yb * yb;
      count++;
    }
  }
  const meanRg = redGreen / count;
  const meanYb = yellowBlue / count;
  const variance = redGreenSquares / count - meanRg ** 2 + yellowBlueSquares / count - meanYb ** 2;
  return Math.sqrt(Math.max(0, variance)) + 0.3 * Math.hypot(meanRg, meanYb);
}
