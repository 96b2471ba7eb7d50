/** The inverse search of DIS flow: each patch of one picture is slid over the other until the two differ least. */

import { gradients } from "./gradients.ts";
import type { PlaneSize } from "./pyramid.ts";

export interface SearchOptions {
  /** Side of a patch, pixels. */
  readonly patch: number;
  /** Pixels between two patches. */
  readonly stride: number;
  /** Gradient steps per patch, at most. */
  readonly steps: number;
}

/**
 * Moves `flow` to what patches find around it, and spreads their finds over the pixels that they cover: each patch weighs less where it
 * explains a pixel worse.
 *
 * Source: T. Kroeger and others, Fast Optical Flow using Dense Inverse Search (2016), sections 2.1 and 2.2; patches also try what their
 * neighbors found, as OpenCV's do (behavior), and differ in brightness at no cost (mean-normalized).
 *
 * @param previous `[height, width]`, levels; pixel p of it is looked for at p + flow(p) in `next`
 * @param flow `[height, width, 2]`, changed in place
 */
export function searchPatches(
  previous: Float32Array,
  next: Float32Array,
  size: PlaneSize,
  flow: Float32Array,
  { patch, stride, steps }: SearchOptions,
): void {
  const side = Math.min(patch, size.width, size.height);
  const step = Math.min(stride, side);
  const columns = patchPlaces(size.width, side, step);
  const rows = patchPlaces(size.height, side, step);
  const search = new PatchSearch(previous, next, size, side);
  const found = new Float64Array(2 * columns.length * rows.length);
  const across = 2 * columns.length;
  const half = side >> 1;
  for (const [j, y] of rows.entries()) {
    for (const [i, x] of columns.entries()) {
      const p = j * across + 2 * i;
      const center = 2 * ((y + half) * size.width + x + half);
      search.open(x, y, flow[center]!, flow[center + 1]!);
      if (i > 0) search.consider(found[p - 2]!, found[p - 1]!);
      if (j > 0) search.consider(found[p - across]!, found[p - across + 1]!);
      search.descend(steps);
      found[p] = search.right;
      found[p + 1] = search.down;
    }
  }
  for (let j = rows.length - 1; j >= 0; j--) {
    for (let i = columns.length - 1; i >= 0; i--) {
      const p = j * across + 2 * i;
      search.open(columns[i]!, rows[j]!, found[p]!, found[p + 1]!);
      const before = search.error;
      if (i < columns.length - 1) search.consider(found[p + 2]!, found[p + 3]!);
      if (j < rows.length - 1) search.consider(found[p + across]!, found[p + across + 1]!);
      if (search.error < before) search.descend(steps);
      found[p] = search.right;
      found[p + 1] = search.down;
    }
  }
  const sums = new Float64Array(3 * size.width * size.height);
  for (const [j, y] of rows.entries()) {
    for (const [i, x] of columns.entries()) {
      search.open(x, y, found[j * across + 2 * i]!, found[j * across + 2 * i + 1]!);
      search.spread(sums);
    }
  }
  for (let i = 0, s = 0; i < flow.length; i += 2, s += 3) {
    flow[i] = sums[s + 1]! / sums[s]!;
    flow[i + 1] = sums[s + 2]! / sums[s]!;
  }
}

/** First pixels of the patches along a line; the last patch ends with the line. */
function patchPlaces(size: number, side: number, stride: number): number[] {
  const places = Array.from({ length: Math.floor((size - side) / stride) + 1 }, (_, i) => i * stride);
  return places.at(-1)! < size - side ? [...places, size - side] : places;
}

/** Slides one patch after the other; holds the sums that all of them use. */
class PatchSearch {
  /** Where the patch is now, pixels from its own place. */
  right = 0;
  down = 0;
  /** Sum of squared differences there, their mean taken off. */
  error = 0;

  readonly #previous: Float32Array;
  readonly #next: Float32Array;
  readonly #slopeX: Float32Array;
  readonly #slopeY: Float32Array;
  readonly #width: number;
  readonly #height: number;
  readonly #side: number;
  #x = 0;
  #y = 0;
  // Of the patch: the normal matrix and the means of its slopes.
  #xx = 0;
  #xy = 0;
  #yy = 0;
  #meanX = 0;
  #meanY = 0;
  // Of the last measurement: slope times difference, summed.
  #pullX = 0;
  #pullY = 0;

  constructor(previous: Float32Array, next: Float32Array, size: PlaneSize, side: number) {
    const { right, down } = gradients(previous, size);
    this.#previous = previous;
    this.#next = next;
    this.#slopeX = right;
    this.#slopeY = down;
    this.#width = size.width;
    this.#height = size.height;
    this.#side = side;
  }

  /** Takes up the patch whose first pixel is (x, y), slid by (right, down). */
  open(x: number, y: number, right: number, down: number): void {
    this.#x = x;
    this.#y = y;
    let xx = 0;
    let xy = 0;
    let yy = 0;
    let sumX = 0;
    let sumY = 0;
    for (let row = 0; row < this.#side; row++) {
      let i = (y + row) * this.#width + x;
      for (const end = i + this.#side; i < end; i++) {
        const slopeX = this.#slopeX[i]!;
        const slopeY = this.#slopeY[i]!;
        xx += slopeX * slopeX;
        xy += slopeX * slopeY;
        yy += slopeY * slopeY;
        sumX += slopeX;
        sumY += slopeY;
      }
    }
    const pixels = this.#side * this.#side;
    this.#meanX = sumX / pixels;
    this.#meanY = sumY / pixels;
    this.#xx = xx - sumX * this.#meanX;
    this.#xy = xy - sumX * this.#meanY;
    this.#yy = yy - sumY * this.#meanY;
    this.right = right;
    this.down = down;
    this.error = this.#measure(right, down);
  }

  /** Moves there if the patch fits better there. */
  consider(right: number, down: number): void {
    const error = this.#measure(right, down);
    if (error < this.error) {
      this.right = right;
      this.down = down;
      this.error = error;
    }
  }

  /** Gauss–Newton from the present place, as long as the fit gets better and the patch stays within its own size. */
  descend(steps: number): void {
    const fromX = this.right;
    const fromY = this.down;
    const determinant = this.#xx * this.#yy - this.#xy * this.#xy;
    // A patch without texture, or with an edge in one direction only, has nothing to slide by.
    if (!(determinant > FLATTEST * this.#side ** 4)) return;
    this.#measure(fromX, fromY);
    for (let step = 0; step < steps; step++) {
      const right = this.right - (this.#yy * this.#pullX - this.#xy * this.#pullY) / determinant;
      const down = this.down - (this.#xx * this.#pullY - this.#xy * this.#pullX) / determinant;
      if (Math.abs(right - fromX) > this.#side || Math.abs(down - fromY) > this.#side) return;
      const moved = Math.abs(right - this.right) + Math.abs(down - this.down);
      const error = this.#measure(right, down);
      if (!(error < this.error)) return;
      this.right = right;
      this.down = down;
      this.error = error;
      if (moved < FINEST_STEP) return;
    }
  }

  /** Adds (weight, weight · right, weight · down) to each pixel that the patch covers. */
  spread(sums: Float64Array): void {
    const { right, down } = this;
    for (let row = 0; row < this.#side; row++) {
      for (let column = 0; column < this.#side; column++) {
        const i = (this.#y + row) * this.#width + this.#x + column;
        const there = this.#look(this.#x + column + right, this.#y + row + down);
        const weight = 1 / Math.max(1, Math.abs(there - this.#previous[i]!));
        sums[3 * i]! += weight;
        sums[3 * i + 1]! += weight * right;
        sums[3 * i + 2]! += weight * down;
      }
    }
  }

  #measure(right: number, down: number): number {
    const width = this.#width;
    const side = this.#side;
    const left = Math.floor(this.#x + right);
    const top = Math.floor(this.#y + down);
    const inside = left >= 0 && top >= 0 && left + side < width && top + side < this.#height;
    const tx = this.#x + right - left;
    const ty = this.#y + down - top;
    const w11 = tx * ty;
    const w01 = tx - w11;
    const w10 = ty - w11;
    const w00 = 1 - tx - w10;
    let sum = 0;
    let squares = 0;
    let pullX = 0;
    let pullY = 0;
    for (let row = 0; row < side; row++) {
      let i = (this.#y + row) * width + this.#x;
      let n = (top + row) * width + left;
      for (let column = 0; column < side; column++, i++, n++) {
        const there = inside
          ? w00 * this.#next[n]! +
            w01 * this.#next[n + 1]! +
            w10 * this.#next[n + width]! +
            w11 * this.#next[n + width + 1]!
          : this.#look(left + column + tx, top + row + ty);
        const difference = there - this.#previous[i]!;
        sum += difference;
        squares += difference * difference;
        pullX += this.#slopeX[i]! * difference;
        pullY += this.#slopeY[i]! * difference;
      }
    }
    this.#pullX = pullX - this.#meanX * sum;
    this.#pullY = pullY - this.#meanY * sum;
    return squares - (sum * sum) / (side * side);
  }

  /** `next` at a position, bilinear, edge pixels repeated. */
  #look(x: number, y: number): number {
    const width = this.#width;
    const px = x > 0 ? Math.min(x, width - 1) : 0;
    const py = y > 0 ? Math.min(y, this.#height - 1) : 0;
    const left = px | 0;
    const top = py | 0;
    const tx = px - left;
    const ty = py - top;
    const n = top * width + left;
    const across = left < width - 1 ? 1 : 0;
    const below = top < this.#height - 1 ? width : 0;
    return (
      (1 - ty) * ((1 - tx) * this.#next[n]! + tx * this.#next[n + across]!) +
      ty * ((1 - tx) * this.#next[n + below]! + tx * this.#next[n + below + across]!)
    );
  }
}

/** Squared texture, per pixel and direction, below which a patch is not slid; levels⁴. */
const FLATTEST = 1e-4;

/** A step shorter than this is the last, pixels. */
const FINEST_STEP = 0.005;
