/** Bands of rows of a warped picture. */

import { affineRow, isAffine } from "./affine";
import { locateRow, Matrix } from "./locate";
import { sampleRow } from "./sample";
import { Source } from "./taps";

const BICUBIC = 1;

/** How positions are found. */
const GIVEN = 0;
const BY_MATRIX = 1;

/** What a warp needs to know: eight words, written by ../../motion/sampling.ts. */
@unmanaged
export class Warp extends Source {
  /** 0 = bilinear, 1 = bicubic. */
  sampling: i32;
  /** 0 = given, 1 = by a matrix, 2 = by a camera in depth. */
  location: i32;
  /** The positions themselves, `[height, width, 2]` doubles, or the numbers of matrix or camera. */
  numbers: usize;
  /** `[height, width]` floats; 0 = a plane at depth 1. */
  depth: usize;
}

/**
 * @param output `[last − first, width, 3]` floats, and one float more that is overwritten
 * @param scratch 16 · width + 704 bytes
 */
export function warpRows(warp: Warp, first: i32, last: i32, output: usize, scratch: usize): void {
  const width = warp.width;
  const positions = scratch + 512;
  const matrix = changetype<Matrix>(warp.numbers);
  if (warp.location == BY_MATRIX && warp.sampling != BICUBIC && isAffine(matrix)) {
    for (let row = first; row < last; row++, output += 12 * width) affineRow(warp, matrix, row, output, scratch);
    return;
  }
  for (let row = first; row < last; row++, output += 12 * width) {
    let found = positions;
    if (warp.location == GIVEN) found = warp.numbers + 16 * width * row;
    else locateRow(warp.location == BY_MATRIX, warp.numbers, warp.depth, row, positions, width);
    sampleRow(warp, warp.sampling == BICUBIC, found, width, output, scratch);
  }
}
