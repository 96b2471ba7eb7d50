/** A picture in a few hundred bytes, in which mixes of pictures are mixes still: what transitions and stillness are told from. */
import type { ByteImage } from "../tensor/image.ts";
import { meanColors } from "./mean-colors.ts";

/**
 * 320 bytes: luma, blue and red difference of 8 × 8 cells (mean of the cell, 128 added to the differences), then the luma of 128 places, less
 * the mean of their cell, plus 128. Up to rounding each is linear in the pixels.
 */
export type Signature = Uint8Array;

/** Bytes of the part that tells color and light: 3 × 8 × 8. */
export const COARSE_LENGTH = 192;
/** Bytes of all. */
export const SIGNATURE_LENGTH = 320;

/** Cells in which the picture is averaged, per side, and how many of them make one of the coarse part. */
const FINE = 64;
const COARSE = 8;
const RATIO = FINE / COARSE;

/** Places of the fine part: two in each coarse cell, off its middle and not in line with those of the next. */
const PLACES = Int32Array.from({ length: 2 * COARSE * COARSE }, (_, n) => {
  const cell = n >> 1;
  const shift = (cell * 5 + (n & 1) * 3) % RATIO;
  const x = (cell % COARSE) * RATIO + shift;
  const y = Math.floor(cell / COARSE) * RATIO + ((n & 1) === 0 ? 2 : 5);
  return y * FINE + x;
});

/** The signature of a whole picture, bars included, so that frames of one film have theirs in the same places. */
export function makeSignature(image: ByteImage): Signature {
  const { width, height } = image;
  const fine = meanColors(image, { left: 0, top: 0, width, height }, FINE, FINE);
  const signature = new Uint8Array(SIGNATURE_LENGTH);
  const lumaMeans = new Float64Array(COARSE * COARSE);
  for (const [channel, [values, zero]] of (
    [
      [fine.luma, 0],
      [fine.blue, 128],
      [fine.red, 128],
    ] as const
  ).entries()) {
    const means = cellMeans(values);
    if (channel === 0) lumaMeans.set(means);
    for (let cell = 0; cell < means.length; cell++) {
      signature[channel * means.length + cell] = toByte(means[cell]! + zero);
    }
  }
  for (let n = 0; n < PLACES.length; n++) {
    signature[COARSE_LENGTH + n] = toByte(fine.luma[PLACES[n]!]! - lumaMeans[n >> 1]! + 128);
  }
  return signature;
}

function cellMeans(values: Float32Array): Float64Array {
  const means = new Float64Array(COARSE * COARSE);
  for (let y = 0; y < FINE; y++) {
    for (let x = 0; x < FINE; x++) {
      means[Math.floor(y / RATIO) * COARSE + Math.floor(x / RATIO)]! += values[y * FINE + x]! / RATIO ** 2;
    }
  }
  return means;
}

function toByte(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

/** How far two pictures are apart in color and light: mean absolute difference of their coarse parts, in levels of 255. */
export function signatureDistance(a: Signature, b: Signature): number {
  let sum = 0;
  for (let i = 0; i < COARSE_LENGTH; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / COARSE_LENGTH;
}
