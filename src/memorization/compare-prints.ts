/** The second search: one picture laid exactly over one reference, and what the two have in common there. */

import { hashDistance } from "../scoring/difference-hash.ts";
import type { LumaPlane } from "../scoring/luma.ts";
import { PRINT_SIDE } from "./picture-print.ts";
import { cutOut, layOver, type Cells, type Placement } from "./placement.ts";
import type { PreparedPrint } from "./prepared-print.ts";
import { sharedDetail } from "./shared-detail.ts";
import { structuralSimilarity } from "./ssim.ts";

export interface Likeness {
  /** Differing cells of the two fingerprints, 0–64, of the whole pictures the picture mirrored if it is placed so. */
  readonly hashDistance: number;
  /** SSIM where the pictures cover each other, −1 to 1. */
  readonly ssim: number;
  /** Share of the reference's detail that the picture has at the same place, 0–1: see {@link sharedDetail}. */
  readonly sharedDetail: number;
  /** Where the picture lies on the reference. */
  readonly placement: Placement;
}

/** Moves of one size at one grid. */
interface Stage {
  /** Size of the moves and stretches, as a share of the reference's side. */
  readonly step: number;
  readonly luma: "half" | "luma";
}

/** From the first search's stride … */
const COARSE_STAGES: readonly Stage[] = [
  { step: 1 / 24, luma: "half" },
  { step: 1 / 48, luma: "half" },
];
/** … down to half a cell. */
const FINE_STAGES: readonly Stage[] = [
  { step: 1 / 96, luma: "luma" },
  { step: 1 / 160, luma: "luma" },
];
/** Times that all moves of a stage are tried at most. */
const ROUNDS = 4;

const SQUEEZED: readonly Placement[] = [false, true].map((mirrored) => ({
  left: 0,
  top: 0,
  width: 1,
  height: 1,
  mirrored,
}));

/** Changes of left, top, width and height. */
type Move = readonly [number, number, number, number];

/** The whole moved, a single side moved, and all sides, in both directions. */
const MOVES: readonly Move[] = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
  [-1, 0, 1, 0],
  [0, -1, 0, 1],
  [-0.5, -0.5, 1, 1],
].flatMap((move) => [move as unknown as Move, move.map((change) => -change) as unknown as Move]);

/** Where a picture lies on a reference, and what it shares with it there. */
export interface Alignment {
  readonly placement: Placement;
  readonly sharedDetail: number;
}

/**
 * Lays a picture over a reference, from a placement of the first search on: it is moved and stretched, at ever smaller steps, for as long as the two
 * share more detail. The pictures squeezed into the same shape are two more starts: a large title leads the first search astray.
 *
 * @param leastCoarse what shares less after the coarse steps is not looked at more closely, and undefined is returned
 */
export function alignPrints(
  picture: PreparedPrint,
  reference: PreparedPrint,
  found: Placement,
  leastCoarse: number,
): Alignment | undefined {
  const begin = [found, ...SQUEEZED]
    .map((placement) => ({ placement, shared: shareAt(picture, reference, placement, "half") }))
    .reduce((a, b) => (b.shared > a.shared ? b : a));
  const start = improve(picture, reference, begin.placement, COARSE_STAGES);
  if (start.shared < leastCoarse) return undefined;
  const { placement, shared } = improve(picture, reference, start.placement, FINE_STAGES);
  return { placement, sharedDetail: shared };
}

/** All that is known about a picture at its place on a reference. */
export function describeLikeness(
  picture: PreparedPrint,
  reference: PreparedPrint,
  { placement, sharedDetail: shared }: Alignment,
): Likeness {
  const grid = new Float32Array(PRINT_SIDE * PRINT_SIDE);
  const cells = layOver(picture.luma, PRINT_SIDE, placement, grid, PRINT_SIDE, 2);
  return {
    hashDistance: hashDistance(placement.mirrored ? picture.mirroredHash : picture.hash, reference.hash),
    ssim: structuralSimilarity(planeOf(grid, cells), planeOf(reference.luma, cells)),
    sharedDetail: shared,
    placement,
  };
}

function improve(
  picture: PreparedPrint,
  reference: PreparedPrint,
  start: Placement,
  stages: readonly Stage[],
): { placement: Placement; shared: number } {
  let placement = start;
  let best = 0;
  for (const { step, luma } of stages) {
    best = shareAt(picture, reference, placement, luma);
    for (let round = 0; round < ROUNDS; round++) {
      const before = best;
      for (const move of MOVES) {
        const moved = shift(placement, move, step);
        const shared = shareAt(picture, reference, moved, luma);
        if (shared > best) [placement, best] = [moved, shared];
      }
      if (best === before) break;
    }
  }
  return { placement, shared: best };
}

function shareAt(
  picture: PreparedPrint,
  reference: PreparedPrint,
  placement: Placement,
  luma: Stage["luma"],
): number {
  const below = reference[luma];
  const side = Math.sqrt(below.length);
  const grid = new Float32Array(below.length);
  const cells = layOver(picture[luma], side, placement, grid, side, 1);
  return sharedDetail(grid, below, side, cells);
}

function shift(placement: Placement, move: Move, step: number): Placement {
  const [left, top, width, height] = move;
  return {
    left: placement.left + left * step,
    top: placement.top + top * step,
    width: placement.width + width * step,
    height: placement.height + height * step,
    mirrored: placement.mirrored,
  };
}

/** The covered cells of a print's grid. */
function planeOf(grid: Float32Array | Uint8Array, cells: Cells): LumaPlane {
  const { left, top, right, bottom } = cells;
  return { width: right - left, height: bottom - top, values: cutOut(grid, PRINT_SIDE, cells) };
}
