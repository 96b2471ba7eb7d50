/** A print, prepared once for being compared with many others. */

import { PRINT_SIDE, type PicturePrint } from "./picture-print.ts";
import { layOver, type Placement } from "./placement.ts";

/** Side of {@link PreparedPrint.coarse}, which the first search looks at. */
export const COARSE_SIDE = 12;

export interface PreparedPrint extends PicturePrint {
  /** Luma 0–255 at half of the print's size. */
  readonly half: Uint8Array;
  /** Luma 0–255, `COARSE_SIDE` × `COARSE_SIDE`. */
  readonly coarse: Float32Array;
}

const WHOLE: Placement = { left: 0, top: 0, width: 1, height: 1, mirrored: false };

export function preparePrint(print: PicturePrint): PreparedPrint {
  const half = new Float32Array((PRINT_SIDE / 2) ** 2);
  layOver(print.luma, PRINT_SIDE, WHOLE, half, PRINT_SIDE / 2, 2);
  const coarse = new Float32Array(COARSE_SIDE ** 2);
  layOver(print.luma, PRINT_SIDE, WHOLE, coarse, COARSE_SIDE, 6);
  return { ...print, half: Uint8Array.from(half, Math.round), coarse };
}
