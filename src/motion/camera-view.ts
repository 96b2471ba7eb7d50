/** Where the pixels of a moved picture come from, as numbers that kernels read. */

import { doublesAt, floatsAt, kernels, lendMemory } from "../kernels/kernels.ts";

/**
 * By `matrix`: nine numbers, row by row, from a pixel of the moved picture to where it comes from. In `depth`: nineteen, see
 * {@link viewInDepth}.
 */
export interface CameraView {
  readonly kind: "matrix" | "depth";
  readonly numbers: readonly number[];
  /** World depth, `height * width`; null = a plane at depth 1. */
  readonly depth: Float32Array | null;
}

/**
 * Fills `positions` (`2 * width` long: column, row of each pixel of output row `row`) with where to look in the source, in pixels,
 * pixel centers at whole numbers.
 */
export type LocateRow = (row: number, positions: Float64Array) => void;

/** A view row by row. */
export function locateRows({ kind, numbers, depth }: CameraView): LocateRow {
  return (row, positions) => {
    const count = positions.length / 2;
    lendMemory([8 * numbers.length, 4 * count, 16 * count], (camera, depths, places) => {
      doublesAt(camera, numbers.length).set(numbers);
      if (depth !== null) floatsAt(depths, count).set(depth.subarray(row * count, (row + 1) * count));
      if (kind === "matrix") kernels.locateByMatrix(camera, row, places, count);
      else kernels.locateInDepth(camera, depth === null ? 0 : depths, row, places, count);
      positions.set(doublesAt(places, 2 * count));
    });
  };
}
