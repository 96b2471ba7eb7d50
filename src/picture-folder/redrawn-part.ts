/** Which part of a picture is drawn anew: for the model, and for putting the rest back at any size. */

import { finishMask, type Mask } from "../diffusion/mask.ts";
import type { PictureSize } from "../tensor/picture-file.ts";
import { type BytePlane, resizePlane } from "./plane.ts";

/** Shares below it are rounding, or the far end of a blur. */
const LEAST_DRAWN = 0.02;

export interface PartOptions {
  /** What the region is: what is drawn, or the subject, which is kept. */
  readonly keeps: boolean;
  /** Deviation of the blur of its borders, pixels of the working size. */
  readonly blur: number;
  /** Transparency of the picture, 0–255: where nothing is, nothing is kept. Null: it counts nowhere. */
  readonly alpha: BytePlane | null;
}

/** The part at working size, with soft borders, 1 where the model draws. */
export async function maskForModel(
  region: BytePlane,
  working: PictureSize,
  { keeps, blur, alpha }: PartOptions,
): Promise<Mask> {
  const { data } = await resizePlane(region, working);
  const shares = Float32Array.from(data, (level) => level / 255);
  const mask = finishMask({ ...working, data: shares }, { invert: keeps, blur });
  if (alpha === null) return mask;
  const opacity = (await resizePlane(alpha, working)).data;
  return { ...mask, data: mask.data.map((share, i) => Math.max(share, 1 - opacity[i]! / 255)) };
}

/**
 * The mask with every cell drawn whole of which anything is drawn: what is kept is then the subject alone. A cell that is half of each
 * would leave specks of its old surroundings beside the subject, which is put back to the pixel afterwards.
 *
 * @param cell side of a latent cell in pixels
 */
export function wholeCells({ width, height, data }: Mask, cell: number): Mask {
  const columns = Math.ceil(width / cell);
  const cellOf = (pixel: number): number =>
    Math.floor(Math.floor(pixel / width) / cell) * columns + Math.floor((pixel % width) / cell);
  const most = new Float32Array(columns * Math.ceil(height / cell));
  for (const [pixel, share] of data.entries()) {
    const index = cellOf(pixel);
    if (share > most[index]!) most[index] = share;
  }
  return { width, height, data: data.map((_, pixel) => (most[cellOf(pixel)]! > LEAST_DRAWN ? 1 : 0)) };
}

/** The same at the size of the result, 0–255. */
export async function maskForResult(
  region: BytePlane,
  working: PictureSize,
  size: PictureSize,
  { keeps, blur, alpha }: PartOptions,
): Promise<BytePlane> {
  const scale = Math.sqrt((size.width * size.height) / (working.width * working.height));
  const { data } = await resizePlane(region, size, blur * scale);
  const opacity = alpha && (await resizePlane(alpha, size)).data;
  const levels = data.map((level, i) => {
    const drawn = keeps ? 255 - level : level;
    return opacity ? Math.max(drawn, 255 - opacity[i]!) : drawn;
  });
  return { ...size, data: levels };
}
