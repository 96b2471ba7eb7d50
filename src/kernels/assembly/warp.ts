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

/** Bytes of a thread's workspace besides 16 per column for positions and 12 for a row of the picture. */
const BLOCK: usize = 704;

/**
 * @param output `[last − first, width, 3]` floats
 * @param scratch 28 · width + 768 bytes
 */
export function warpRows(warp: Warp, first: i32, last: i32, output: usize, scratch: usize): void {
  const rowBytes: usize = 12 * warp.width;
  // A row overwrites a float after its end, where another thread's band may begin.
  const spare = scratch + BLOCK + 16 * warp.width;
  for (let row = first; row < last; row++, output += rowBytes) {
    if (row < last - 1) {
      warpRow(warp, row, output, scratch);
    } else {
      warpRow(warp, row, spare, scratch);
      memory.copy(output, spare, rowBytes);
    }
  }
}

function warpRow(warp: Warp, row: i32, output: usize, scratch: usize): void {
  const width = warp.width;
  const matrix = changetype<Matrix>(warp.numbers);
  const isBicubic = warp.sampling == BICUBIC;
  if (warp.location == BY_MATRIX && !isBicubic && isAffine(matrix)) {
    affineRow(warp, matrix, row, output, scratch);
    return;
  }
  let positions = scratch + 512;
  if (warp.location == GIVEN) positions = warp.numbers + 16 * width * row;
  else locateRow(warp.location == BY_MATRIX, warp.numbers, warp.depth, row, positions, width);
  sampleRow(warp, isBicubic, positions, width, output, scratch);
}
