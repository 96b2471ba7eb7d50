/** Dense optical flow by inverse search (DIS): fast patches, then smoothing; how far each pixel of one picture has moved in the next. */

import { searchPatches } from "./inverse-search.ts";
import { halve, type PlaneSize, resizeFlow } from "./pyramid.ts";
import { refineFlow } from "./variational-refinement.ts";

export interface DisOptions {
  /** Level of detail that patches reach: 0 = every pixel, 1 = half the size, enlarged afterwards. */
  readonly finestLevel: number;
  /** Gradient steps per patch, at most. */
  readonly steps: number;
}

/** Deforum's two choices. */
export const DIS_PRESETS = {
  dis_medium: { finestLevel: 1, steps: 25 },
  dis_fine: { finestLevel: 0, steps: 192 },
} as const satisfies Record<string, DisOptions>;

/** Side of a patch, pixels, and the pixels between two. */
const PATCH = 8;
const STRIDES = { 0: 4, 1: 3 } as const;

/** OpenCV's weights of the variational refinement. */
const REFINEMENT = { smoothness: 20, brightness: 5, slopes: 10, rounds: 5, sweeps: 5 } as const;

/**
 * Pixel p of `previous` is found at p + flow(p) in `next`. Finds small, fast and large movements alike and keeps the edges of things;
 * rougher than Farnebäck's flow in pictures without texture.
 *
 * Source: T. Kroeger and others, Fast Optical Flow using Dense Inverse Search (2016); presets as OpenCV's DISOpticalFlow in Deforum.
 *
 * @param previous `[height, width]`, gray levels 0–255
 * @param next same shape
 * @returns `[height, width, 2]`: right and down, pixels
 * @throws RangeError when a plane does not fit the size
 */
export function disFlow(
  previous: Float32Array,
  next: Float32Array,
  width: number,
  height: number,
  { finestLevel, steps }: DisOptions,
): Float32Array {
  if (previous.length !== width * height || next.length !== width * height) {
    throw new RangeError(
      `planes of ${width}×${height} have ${width * height} values, got ${previous.length} and ${next.length}`,
    );
  }
  const full = { width, height };
  const coarsest = coarsestLevel(full);
  const finest = Math.min(finestLevel, coarsest);
  const levels = pyramid(previous, next, full, coarsest);
  const stride = finestLevel === 0 ? STRIDES[0] : STRIDES[1];

  let size = levels.at(-1)!.size;
  let flow: Float32Array = new Float32Array(2 * size.width * size.height);
  for (const level of levels.slice(finest).toReversed()) {
    if (level.size !== size) flow = resizeFlow(flow, size, level.size, 2);
    size = level.size;
    searchPatches(level.previous, level.next, size, flow, { patch: PATCH, stride, steps });
    refineFlow(level.previous, level.next, size, flow, REFINEMENT);
  }
  return finest === 0 ? flow : resizeFlow(flow, size, full, 2 ** finest);
}

interface Level {
  readonly size: PlaneSize;
  readonly previous: Float32Array;
  readonly next: Float32Array;
}

/** The level at which the longer side has about four patches and the shorter one at least one. */
function coarsestLevel({ width, height }: PlaneSize): number {
  const byLength = Math.round(Math.log2(Math.max(width, height) / (4 * PATCH)));
  const byBreadth = Math.floor(Math.log2(Math.min(width, height) / PATCH));
  return Math.max(0, Math.min(byLength, byBreadth));
}

/** Fine to coarse. */
function pyramid(previous: Float32Array, next: Float32Array, full: PlaneSize, coarsest: number): Level[] {
  const levels: Level[] = [{ size: full, previous, next }];
  for (let i = 0; i < coarsest; i++) {
    const { size, previous: before, next: after } = levels[i]!;
    levels.push({
      size: { width: size.width >> 1, height: size.height >> 1 },
      previous: halve(before, size),
      next: halve(after, size),
    });
  }
  return levels;
}
