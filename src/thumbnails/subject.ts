/** What a still is about: where its subject is, and how much each part of it draws the eye. */

import type { Area } from "../scoring/luma.ts";
import { type MeanColors, meanColors } from "../scoring/mean-colors.ts";
import { SALIENCY_SIDE, saliencyOf } from "../scoring/saliency.ts";
import type { ByteImage } from "../tensor/image.ts";

export interface Subject {
  /** Shares of the eye's attention, 32 × 32 cells over the whole picture, row by row, of the sum 1; all alike for an even picture. */
  readonly weights: Float64Array;
  /** The piece that draws it most, in pixels; null for an even picture. */
  readonly area: Area | null;
  /** The upper part of that piece, where there is skin in it; null where there is none. */
  readonly head: Area | null;
  /** The weights of that part, 0 elsewhere. */
  readonly headWeights: Float64Array;
}

const N = SALIENCY_SIDE;
const CELLS = N * N;
/** A color is the background's when so large a share of the border is nearly of it; a subject that is cut by an edge has less. Own. */
const BACKGROUND_SHARE = 0.15;
/** Distance from the background's colors, in levels, below which nothing is told from it. Own. */
const LEAST_DISTANCE = 12;
/** Of the largest distance, what still belongs to a subject. Own, measured on renders of heroes. */
const SUBJECT_DISTANCE = 0.24;
/** Of a subject's height, what its head takes: a quarter of somebody who is cut at the waist. Own. */
const HEAD_SHARE = 0.25;
/** What a piece that the frame's edge cuts counts as a head: it may be a sun or a moon that the subject touches. Own. */
const CUT_HEAD = 0.5;
/** How much more that part draws the eye than the rest. Own. */
const HEAD_WORTH = 1.6;
/** How much more skin draws the eye than other things: faces do, before anything else. Own. */
const SKIN_WORTH = 2.5;
/** Cb − 128 and Cr − 128 of skin, whoever's: Chai and Ngan, "Face segmentation using skin-color map", 1999. */
const SKIN = { blue: [-51, -1], red: [5, 45] } as const;
/** Of a head; a moon's rim and a roof in the sun have less. Own. */
const LEAST_SKIN = 0.2;
/** Darker skin cannot be told from any brown. */
const DARKEST_SKIN = 50;

/**
 * Finds the subject of a picture: what differs from the colors of the border (the background prior of Wei et al., "Geodesic saliency using
 * background priors", ECCV 2012), where the image signature ({@link saliencyOf}) lies highest, and of the subject its skin above all.
 */
export function findSubject(image: ByteImage): Subject {
  const { width, height } = image;
  const colors = meanColors(image, { left: 0, top: 0, width, height }, N, N);
  const distances = fromBackground(colors);
  const farthest = Math.max(...distances);
  if (farthest < LEAST_DISTANCE) {
    const weights = new Float64Array(CELLS).fill(1 / CELLS);
    return { weights, area: null, head: null, headWeights: new Float64Array(CELLS) };
  }

  const saliency = saliencyOf(colors);
  const weights = saliency.map((value, i) => Math.sqrt(value * CELLS) * distances[i]!);
  const cells = greatestPiece(distances, SUBJECT_DISTANCE * farthest, weights);
  // Elsewhere windows, sand and clouds at sunset have the color of skin.
  for (const cell of cells) if (hasSkin(colors, cell)) weights[cell]! *= SKIN_WORTH;
  const upper = upperPart(cells);
  for (const cell of upper) weights[cell]! *= HEAD_WORTH;
  const sum = weights.reduce((total, value) => total + value, 0);
  const found = headOf(upper, weights);
  const skin = found.filter((cell) => hasSkin(colors, cell)).length;
  const head = skin >= LEAST_SKIN * found.length ? found : [];
  const headWeights = new Float64Array(CELLS);
  for (const cell of head) headWeights[cell] = weights[cell]! / sum;
  return {
    weights: weights.map((value) => value / sum),
    area: toPixels(cells, image),
    head: head.length > 0 ? toPixels(head, image) : null,
    headWeights,
  };
}

/** How far each cell's color is from those that much of the border has. */
function fromBackground({ luma, blue, red }: MeanColors): Float64Array {
  const border = Array.from({ length: CELLS }, (_, i) => i).filter((i) => {
    const [x, y] = [i % N, Math.floor(i / N)];
    return x === 0 || y === 0 || x === N - 1 || y === N - 1;
  });
  const nearest = Math.floor(BACKGROUND_SHARE * border.length);
  return Float64Array.from(luma, (_, i) => {
    const squares = Float64Array.from(border, (other) => {
      const [dl, db, dr] = [luma[i]! - luma[other]!, blue[i]! - blue[other]!, red[i]! - red[other]!];
      return dl * dl + 2 * (db * db + dr * dr);
    });
    return Math.sqrt(squares.toSorted()[nearest]!);
  });
}

function hasSkin({ luma, blue, red }: MeanColors, cell: number): boolean {
  return luma[cell]! > DARKEST_SKIN && isWithin(blue[cell]!, SKIN.blue) && isWithin(red[cell]!, SKIN.red);
}

function isWithin(value: number, [low, high]: readonly [number, number]): boolean {
  return value >= low && value <= high;
}

/** Of the connected pieces above a distance the one of the largest weight. */
function greatestPiece(distances: Float64Array, least: number, weights: Float64Array): number[] {
  const cells = Array.from(distances.keys()).filter((cell) => distances[cell]! >= least);
  return greatest(piecesOf(cells), (piece) => weightOf(piece, weights));
}

function headOf(upper: readonly number[], weights: Float64Array): number[] {
  return greatest(piecesOf(upper), (piece) => {
    const isCut = piece.some((cell) => cell < N || cell % N === 0 || cell % N === N - 1);
    return weightOf(piece, weights) * (isCut ? CUT_HEAD : 1);
  });
}

function weightOf(piece: readonly number[], weights: Float64Array): number {
  return piece.reduce((sum, cell) => sum + weights[cell]!, 0);
}

function greatest(pieces: readonly number[][], worth: (piece: readonly number[]) => number): number[] {
  return pieces.reduce((best, piece) => (worth(piece) > worth(best) ? piece : best));
}

/** The cells in connected pieces; at least one of a list that is not empty. */
function piecesOf(cells: readonly number[]): number[][] {
  const left = new Set(cells);
  const pieces: number[][] = [];
  for (const start of cells) {
    if (!left.delete(start)) continue;
    const piece = [start];
    // The list grows while it is walked.
    for (const cell of piece) {
      for (const next of neighbors(cell)) if (left.delete(next)) piece.push(next);
    }
    pieces.push(piece);
  }
  return pieces;
}

/** With the diagonal ones: an arm is thin. */
function neighbors(cell: number): number[] {
  const [x, y] = [cell % N, Math.floor(cell / N)];
  const list: number[] = [];
  for (let row = Math.max(0, y - 1); row <= Math.min(N - 1, y + 1); row++) {
    for (let column = Math.max(0, x - 1); column <= Math.min(N - 1, x + 1); column++) {
      list.push(row * N + column);
    }
  }
  return list;
}

function upperPart(cells: readonly number[]): number[] {
  const rows = cells.map((cell) => Math.floor(cell / N));
  const [first, last] = [Math.min(...rows), Math.max(...rows)];
  return cells.filter((_, i) => rows[i]! <= first + HEAD_SHARE * (last - first));
}

function toPixels(cells: readonly number[], { width, height }: ByteImage): Area {
  const columns = cells.map((cell) => cell % N);
  const rows = cells.map((cell) => Math.floor(cell / N));
  const [left, top] = [(Math.min(...columns) * width) / N, (Math.min(...rows) * height) / N];
  const right = ((Math.max(...columns) + 1) * width) / N;
  const bottom = ((Math.max(...rows) + 1) * height) / N;
  return { left, top, width: right - left, height: bottom - top };
}
