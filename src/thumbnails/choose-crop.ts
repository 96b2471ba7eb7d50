/** Where to cut a frame that has another aspect than the still. */

import type { ByteImage } from "../tensor/image.ts";
import type { Area } from "../scoring/luma.ts";
import { SALIENCY_SIDE } from "../scoring/saliency.ts";
import { keepWhole, type KeptExtent } from "./keep-whole.ts";
import { findSubject } from "./subject.ts";

/** Where what matters of a subject is along an axis: above the middle, because a still may cut off feet but no head, and in the middle across. */
const USUAL_PLACE = { vertical: 0.32, horizontal: 0.5 };
/** Spread of that place, as a share of the axis: wide enough for a strong subject near an edge to win. */
const PLACE_SPREAD = 0.3;
/** Free above a head and beside a subject, as a share of the still's side. */
const ROOM = 0.05;
/** Free around a kept box, as shares of its sides: hair is above the box of a face, neck and shoulders are below. Own, chosen by looking. */
const KEPT_ROOM = { above: 0.4, below: 0.5, beside: 0.5 };
/** Of the still's side at most: a box around all of somebody has the hair in it. */
const MOST_KEPT_ROOM = 0.12;

/**
 * The largest part of the frame with the aspect `width : height` that holds most of what draws the eye ({@link findSubject}), weighted by where
 * subjects usually stand. A subject that fits is held whole; of one that does not, the upper part.
 *
 * @param keep what must not be cut, largest first, see {@link keptAreas}: all of it where it fits together, else the largest and of the others
 *   those that fit beside it; of one that is too tall itself, the upper part
 * @returns whole pixels of the frame
 */
export function chooseCrop(
  frame: ByteImage,
  width: number,
  height: number,
  keep: readonly Area[] = [],
): Area {
  const scale = Math.min(frame.width / width, frame.height / height);
  const cropWidth = Math.max(1, Math.round(width * scale));
  const cropHeight = Math.max(1, Math.round(height * scale));
  const whole = { left: 0, top: 0, width: cropWidth, height: cropHeight };
  if (cropWidth === frame.width && cropHeight === frame.height) return whole;
  const eye = followEye(frame, whole);
  const across = keep.map((area) => acrossOf(area, cropWidth));
  const down = keep.map((area) => downOf(area, cropHeight));
  return {
    ...whole,
    left: keepWhole({ start: eye.left, length: cropWidth, limit: frame.width }, across, "any part"),
    top: keepWhole({ start: eye.top, length: cropHeight, limit: frame.height }, down, "beginning"),
  };
}

function acrossOf({ left, width }: Area, cropWidth: number): KeptExtent {
  const room = Math.min(KEPT_ROOM.beside * width, MOST_KEPT_ROOM * cropWidth);
  return { from: left, to: left + width, before: room, after: room };
}

function downOf({ top, height }: Area, cropHeight: number): KeptExtent {
  const most = MOST_KEPT_ROOM * cropHeight;
  const before = Math.min(KEPT_ROOM.above * height, most);
  return { from: top, to: top + height, before, after: Math.min(KEPT_ROOM.below * height, most) };
}

/** Where the crop stands by what draws the eye. */
function followEye(
  frame: ByteImage,
  { width: cropWidth, height: cropHeight }: Area,
): Pick<Area, "left" | "top"> {
  const { weights, area, head, headWeights } = findSubject(frame);
  const isWider = area !== null && area.width > cropWidth;
  // Of somebody who is wider than the still, the head decides where it is cut.
  const deciding = isWider && head !== null ? headWeights : weights;
  const left = bestStart(profile(deciding, frame.width, columnOf), cropWidth, USUAL_PLACE.horizontal);
  const top = bestStart(profile(weights, frame.height, rowOf), cropHeight, USUAL_PLACE.vertical);
  if (area === null) return { left, top };
  const widest = isWider && head !== null ? head : area;
  const across = { from: widest.left, to: widest.left + widest.width, limit: frame.width };
  const down = { from: area.top, to: area.top + area.height, limit: frame.height };
  return {
    left: holdWhole(left, cropWidth, across),
    top: holdTop(holdWhole(top, cropHeight, down), cropHeight, down),
  };
}

function rowOf(cell: number): number {
  return Math.floor(cell / SALIENCY_SIDE);
}

function columnOf(cell: number): number {
  return cell % SALIENCY_SIDE;
}

/** Weight of each line of pixels. */
function profile(weights: Float64Array, length: number, lineOf: (cell: number) => number): Float64Array {
  const lines = new Float64Array(SALIENCY_SIDE);
  for (let cell = 0; cell < weights.length; cell++) lines[lineOf(cell)]! += weights[cell]!;
  return Float64Array.from({ length }, (_, i) => lines[Math.floor((i * SALIENCY_SIDE) / length)]!);
}

/** Start of the window of `length` with the largest weighted sum; of equal ones the one nearest to the usual place. */
function bestStart(lines: Float64Array, length: number, usualPlace: number): number {
  const weighted = lines.map((weight, i) => {
    const distance = ((i + 0.5) / lines.length - usualPlace) / PLACE_SPREAD;
    return (weight + 1e-6) * Math.exp(-(distance ** 2) / 2);
  });
  let sum = weighted.subarray(0, length).reduce((total, value) => total + value, 0);
  let best = { start: 0, sum };
  for (let start = 1; start + length <= lines.length; start++) {
    sum += weighted[start + length - 1]! - weighted[start - 1]!;
    if (sum > best.sum) best = { start, sum };
  }
  return best.start;
}

/** Where a subject lies along an axis, in pixels. */
interface Extent {
  readonly from: number;
  readonly to: number;
  /** Length of the axis. */
  readonly limit: number;
}

/** Moves a window by as little as holds the subject whole, with room where there is any; as it is when the subject does not fit. */
function holdWhole(start: number, length: number, { from, to, limit }: Extent): number {
  if (to - from > length) return start;
  const room = Math.min(ROOM * length, (length - (to - from)) / 2);
  const moved = Math.min(Math.max(start, to + room - length), from - room);
  return inside(moved, length, limit);
}

/** Moves a window up to the head of a subject that does not fit. */
function holdTop(start: number, length: number, { from, to, limit }: Extent): number {
  if (to - from <= length) return start;
  return inside(Math.min(start, from - ROOM * length), length, limit);
}

function inside(start: number, length: number, limit: number): number {
  return Math.round(Math.min(Math.max(0, start), limit - length));
}
