/** What is kept of a picture to tell its copies: a fingerprint, and the gray picture at a small size. */

import { differenceHash, type DifferenceHash } from "../scoring/difference-hash.ts";
import { shrink, toLuma, type LumaPlane } from "../scoring/luma.ts";
import type { ByteImage } from "../tensor/image.ts";

/** Side of {@link PicturePrint.luma}. */
export const PRINT_SIDE = 64;

export interface PicturePrint {
  /** Width over height of the picture. */
  readonly aspect: number;
  readonly hash: DifferenceHash;
  /** The fingerprint of the picture turned left to right. */
  readonly mirroredHash: DifferenceHash;
  /** Rec. 601 luma, 0–255, of the whole picture squeezed into PRINT_SIDE × PRINT_SIDE cells: 4 kB, so that ten thousand fit into memory. */
  readonly luma: Uint8Array;
}

/** The print of a picture. Pure; 1 ms at 256 × 256. */
export function printPicture(image: ByteImage): PicturePrint {
  const luma = toLuma(image);
  const { values } = shrink(luma, PRINT_SIDE, PRINT_SIDE);
  return {
    aspect: image.width / image.height,
    hash: differenceHash(luma),
    mirroredHash: differenceHash(mirror(luma)),
    luma: Uint8Array.from(values, Math.round),
  };
}

function mirror({ width, height, values }: LumaPlane): LumaPlane {
  const mirrored = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) mirrored[y * width + x] = values[(y + 1) * width - 1 - x]!;
  }
  return { width, height, values: mirrored };
}
