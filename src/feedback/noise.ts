/** Blends a noise picture in, from which the model grows new detail. */

import { requireFinite } from "../motion/require-finite.ts";
import { roundHalfEven } from "../motion/round-half-even.ts";
import type { RgbImage } from "../tensor/image.ts";
import { noiseSource } from "./noise-source.ts";
import { perlinField, type PerlinOptions } from "./perlin.ts";
import { torchNoiseSource } from "./torch-noise-source.ts";

export interface NoiseOptions {
  /** `perlin`: white noise in clouds; `uniform`: white Gaussian noise (the name is Deforum's). Default `perlin`. */
  readonly type?: "perlin" | "uniform";
  readonly perlin?: PerlinOptions;
  /** Where to add noise, 0–1 per pixel, `height * width`; default everywhere. */
  readonly mask?: Float32Array;
  /**
   * Draw Deforum's own numbers, in 8 bits and on a grid of whole 64 pixels stretched to the picture; the mask, rounded to 0 or 1, then
   * grays the picture where it is 0 instead of leaving it. Default false.
   */
  readonly deforumExact?: boolean;
}

/**
 * picture · (1 − amount) + noise · amount, clamped, where noise is 0.5 + 0.5 n of standard normal numbers n, clamped: noise pulls
 * towards mid-gray. With Perlin noise n is multiplied by (field + 1) / 2. Source: Deforum (behavior).
 *
 * @param amount 0 = unchanged; any finite number
 * @param seed the frame's; the same seed gives the same noise
 * @returns a picture of the same size, 0–1
 * @throws RenderError when `amount` is not finite
 */
export function addNoise(
  image: RgbImage,
  amount: number,
  seed: number,
  options: NoiseOptions = {},
): RgbImage {
  const { type = "perlin", perlin = {}, mask, deforumExact = false } = options;
  requireFinite("noise", { amount });
  const { width, height, data: picture } = image;
  if (mask !== undefined && mask.length !== width * height) {
    throw new RangeError(`a mask of ${width}×${height} has ${width * height} values, got ${mask.length}`);
  }
  if (amount === 0) return image;

  const source = deforumExact ? torchNoiseSource(seed) : noiseSource(seed);
  const gridWidth = deforumExact ? wholeGrid(width) : width;
  const gridHeight = deforumExact ? wholeGrid(height) : height;
  const plane = gridWidth * gridHeight;
  // Three planes; Deforum's pictures are B, G, R, so the first is blue's.
  const normals = source.normals(3 * plane);
  const field = type === "perlin" ? perlinField(source, gridHeight, gridWidth, perlin) : null;

  const columnOf = Uint32Array.from({ length: width }, (_, column) =>
    Math.floor((column * gridWidth) / width),
  );
  const data = new Float32Array(picture.length);
  for (let row = 0, o = 0, pixel = 0; row < height; row++) {
    const gridRow = Math.floor((row * gridHeight) / height) * gridWidth;
    for (let column = 0; column < width; column++, pixel++, o += 3) {
      const g = gridRow + columnOf[column]!;
      const open = mask === undefined ? 1 : mask[pixel]!;
      if (deforumExact) {
        const strength = (field === null ? 1 : (field[g]! + 1) / 2) * Math.round(open);
        data[o] = blendWhole(picture[o]!, normals[g + 2 * plane]! * strength, amount);
        data[o + 1] = blendWhole(picture[o + 1]!, normals[g + plane]! * strength, amount);
        data[o + 2] = blendWhole(picture[o + 2]!, normals[g]! * strength, amount);
      } else {
        const strength = field === null ? 0.5 : (field[g]! + 1) / 4;
        const share = amount * open;
        data[o] = blend(picture[o]!, normals[g + 2 * plane]! * strength, share);
        data[o + 1] = blend(picture[o + 1]!, normals[g + plane]! * strength, share);
        data[o + 2] = blend(picture[o + 2]!, normals[g]! * strength, share);
      }
    }
  }
  return { width, height, data };
}

/** @param swing of the noise about mid-gray, in units of full scale */
function blend(value: number, swing: number, share: number): number {
  const noise = swing > -0.5 ? (swing < 0.5 ? swing + 0.5 : 1) : 0;
  const blended = value + share * (noise - value);
  return blended > 0 ? (blended < 1 ? blended : 1) : 0;
}

/** Single precision with one rounding in the multiply-and-add: what OpenCV's vector code does decides ties between two levels. */
function blendWhole(value: number, normal: number, amount: number): number {
  const { fround } = Math;
  const noise = Math.floor(255 * Math.min(1, Math.max(0, 0.5 * normal + 0.5)));
  const level = Math.round(value * 255);
  const blended = roundHalfEven(fround(level * fround(1 - amount) + fround(noise * fround(amount))));
  return Math.min(255, Math.max(0, blended)) / 255;
}

/** Deforum draws noise for whole 64 pixels; it has none for smaller pictures, we take one block. */
function wholeGrid(size: number): number {
  return Math.max(64, size - (size % 64));
}
