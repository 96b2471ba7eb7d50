/** Blends a noise picture in, from which the model grows new detail. */

import { copyNumbers, floatsAt, kernels, lendMemory } from "../kernels/kernels.ts";
import { placeOf } from "../kernels/picture-room.ts";
import { requireFinite } from "../motion/require-finite.ts";
import { roundHalfEven } from "../motion/round-half-even.ts";
import type { RgbImage } from "../tensor/image.ts";
import { pictureFloats } from "../tensor/near-kernels.ts";
import { type NoiseSource, noiseSource } from "./noise-source.ts";
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
  const { mask, deforumExact = false } = options;
  requireFinite("noise", { amount });
  const { width, height } = image;
  if (mask !== undefined && mask.length !== width * height) {
    throw new RangeError(`a mask of ${width}×${height} has ${width * height} values, got ${mask.length}`);
  }
  if (amount === 0) return image;

  const data = deforumExact
    ? blendDeforum(image, amount, torchNoiseSource(seed), options)
    : blend(image, amount, noiseSource(seed), options);
  return { width, height, data };
}

/** Pixels that are blended at a time: as many as stay in the processor's cache. */
const BATCH = 4096;

function blend(image: RgbImage, amount: number, source: NoiseSource, options: NoiseOptions): Float32Array {
  const { width, height, data: picture } = image;
  const normals = source.normals(picture.length);
  const field = fieldOf(source, height, width, options);
  const { mask } = options;
  const data = pictureFloats(picture.length);
  const home = placeOf(data);
  lendMemory([12 * BATCH, 12 * BATCH, 4 * BATCH, 4 * BATCH], (batch, grain, strengths, shares) => {
    const strengthOf = floatsAt(strengths, BATCH);
    const shareOf = floatsAt(shares, BATCH).fill(amount);
    for (let first = 0; first < field.length; first += BATCH) {
      const count = Math.min(BATCH, field.length - first);
      const place = home === null ? batch : home + 12 * first;
      const pixels = floatsAt(place, 3 * count);
      copyNumbers(picture.subarray(3 * first, 3 * (first + count)), pixels);
      copyNumbers(normals.subarray(3 * first, 3 * (first + count)), floatsAt(grain, 3 * count));
      // Half of it: the noise swings about mid-gray, in units of full scale.
      for (let i = 0; i < count; i++) strengthOf[i] = 0.5 * field[first + i]!;
      if (mask !== undefined) for (let i = 0; i < count; i++) shareOf[i] = amount * mask[first + i]!;
      kernels.mixRow(place, grain, strengths, shares, count);
      if (home === null) copyNumbers(pixels, data.subarray(3 * first));
    }
  });
  return data;
}

/** How strong the white noise is, per pixel: (Perlin field + 1) / 2, or 1. */
function fieldOf(source: NoiseSource, height: number, width: number, options: NoiseOptions): Float32Array {
  if (options.type === "uniform") return new Float32Array(height * width).fill(1);
  const field = perlinField(source, height, width, options.perlin);
  for (let i = 0; i < field.length; i++) field[i] = (field[i]! + 1) / 2;
  return field;
}

/** The noise in whole levels, drawn plane by plane on Deforum's grid and stretched to the picture by nearest neighbor. */
function blendDeforum(
  image: RgbImage,
  amount: number,
  source: NoiseSource,
  options: NoiseOptions,
): Float32Array {
  const { width, height, data: picture } = image;
  const gridWidth = wholeGrid(width);
  const gridHeight = wholeGrid(height);
  const plane = gridWidth * gridHeight;
  const normals = source.normals(3 * plane);
  const field = fieldOf(source, gridHeight, gridWidth, options);
  const data = pictureFloats(picture.length);
  for (let row = 0, pixel = 0; row < height; row++) {
    const gridRow = Math.floor((row * gridHeight) / height) * gridWidth;
    for (let column = 0; column < width; column++, pixel++) {
      const g = gridRow + Math.floor((column * gridWidth) / width);
      const strength = field[g]! * (options.mask === undefined ? 1 : Math.round(options.mask[pixel]!));
      for (let channel = 0; channel < 3; channel++) {
        // Deforum's pictures are B, G, R: the first plane is blue's.
        const normal = normals[(2 - channel) * plane + g]! * strength;
        data[3 * pixel + channel] = mixWhole(picture[3 * pixel + channel]!, normal, amount);
      }
    }
  }
  return data;
}

/** Single precision with one rounding in the multiply-and-add: what OpenCV's vector code does decides ties between two levels. */
function mixWhole(value: number, normal: number, amount: number): number {
  const { fround } = Math;
  const noise = Math.floor(255 * Math.min(1, Math.max(0, 0.5 * normal + 0.5)));
  const level = Math.round(value * 255);
  const mixed = roundHalfEven(fround(level * fround(1 - amount) + fround(noise * fround(amount))));
  return Math.min(255, Math.max(0, mixed)) / 255;
}

/** Deforum draws noise for whole 64 pixels; it has none for smaller pictures, we take one block. */
function wholeGrid(size: number): number {
  return Math.max(64, size - (size % 64));
}
