/**
 * Img2img that changes some parts of a picture more than others: each cell of the latent is held at the start picture until the walk comes
 * down to a noise level of its own. Source: Levin and Fried 2023, "Differential Diffusion", with the start picture held in the estimate.
 */

import { resizeRaster } from "../tensor/resize.ts";
import type { Denoise } from "./samplers/sampler.ts";

/** Half a cell of hole is drawn as freely as a whole one: the autoencoder mixes what is in a cell. */
const FULL_SHARE = 0.5;

/**
 * How freely each cell is drawn: 0 by the frame's strength, 1 from noise alone.
 *
 * @param holes share of each pixel that is a hole, `height * width`
 * @returns `height/vaeFactor * width/vaeFactor` numbers
 */
export function cellFreedom(
  holes: Float32Array,
  width: number,
  height: number,
  vaeFactor: number,
): Float32Array {
  const picture = { width, height, channels: 1, data: holes };
  const { data } = resizeRaster(picture, width / vaeFactor, height / vaeFactor);
  return data.map((share) => Math.min(1, Math.max(0, share / FULL_SHARE)));
}

export interface WidenedWalk {
  /** Noise levels from the highest that any cell needs. */
  readonly sigmas: Float64Array;
  /** For each cell, the highest level at which it is drawn. */
  readonly releases: Float64Array;
}

/**
 * The walk that starts early enough for the freest cell.
 *
 * @param all levels of a picture from pure noise
 * @param cut their part for the frame's strength
 */
export function widenWalk(all: Float64Array, cut: Float64Array, freedom: Float32Array): WidenedWalk {
  const above = all.filter((sigma) => sigma > cut[0]!);
  const whole = Float64Array.of(...above, ...cut);
  const starts = Array.from(freedom, (share) => Math.round((1 - share) * above.length));
  const first = starts.reduce((least, start) => Math.min(least, start), above.length);
  return { sigmas: whole.subarray(first), releases: Float64Array.from(starts, (start) => whole[start]!) };
}

/** A denoiser that estimates `kept` in cells that are not released yet. */
export function holdCells(denoise: Denoise, kept: Float32Array, releases: Float64Array): Denoise {
  return async (x, sigma) => {
    const clean = await denoise(x, sigma);
    for (let i = 0; i < clean.length; i++) {
      if (sigma > releases[i % releases.length]!) clean[i] = kept[i]!;
    }
    return clean;
  };
}
