/** How a picture may lie over another that it was cut from, or that was cut from it. */

/**
 * Where a picture lies on another one, whose sides are both 1: `left` and `top` may be negative, `width` and `height` above 1, where it reaches
 * beyond.
 */
export interface Placement {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Whether it is turned left to right first. */
  readonly mirrored: boolean;
}

/** Sizes of one against the other: a cut takes up to a fifth of a side from either. Own. */
const ZOOMS = [0.8, 0.87, 0.94, 1, 1.06, 1.15, 1.25];
/** Largest distance between two places that are tried, as a share of the smaller picture's side. */
const STRIDE = 0.07;
/** Aspects nearer than this, as a ratio, are taken for the same. */
const SAME_ASPECT = 1.04;

/**
 * Everything a first search tries: squeezed into the same shape, or, where the shapes differ, with round things left round and one reaching
 * beyond the other at two sides; at several zooms; moved; mirrored.
 *
 * @param aspects width over height of the picture laid on top, and of the one below
 */
export function placementsToTry(aspectOnTop: number, aspectBelow: number): Placement[] {
  const ratio = aspectOnTop / aspectBelow;
  const shapes = [{ width: 1, height: 1 }];
  if (Math.max(ratio, 1 / ratio) > SAME_ASPECT) {
    shapes.push({ width: 1, height: 1 / ratio }, { width: ratio, height: 1 });
  }
  return shapes.flatMap((shape) =>
    ZOOMS.flatMap((zoom) => {
      const [width, height] = [shape.width * zoom, shape.height * zoom];
      return starts(width).flatMap((left) =>
        starts(height).flatMap((top) =>
          [false, true].map((mirrored) => ({ left, top, width, height, mirrored })),
        ),
      );
    }),
  );
}

/** Where a stretch of this length may begin so that it lies within 0–1, or covers it. */
function starts(length: number): number[] {
  const slack = 1 - length;
  const count = 1 + Math.ceil(Math.abs(slack) / (STRIDE * Math.min(1, length)) - 1e-9);
  return Array.from({ length: count }, (_, index) =>
    count === 1 ? slack / 2 : (slack * index) / (count - 1),
  );
}

/** A rectangle of whole cells, ends excluded. */
export interface Cells {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The cells of a grid of `side` × `side` whose centers the picture covers. */
export function coveredCells({ left, top, width, height }: Placement, side: number): Cells {
  const first = (start: number) => Math.max(0, Math.ceil(start * side - 0.5));
  const end = (stop: number) => Math.min(side, Math.floor(stop * side + 0.5));
  return { left: first(left), top: first(top), right: end(left + width), bottom: end(top + height) };
}

/**
 * Draws a gray picture into the cells that it covers at a placement, each the mean of `samples` × `samples` bilinear samples; the other cells
 * stay as they are.
 *
 * @param source `sourceSide` × `sourceSide`
 * @param target `side` × `side`
 */
export function layOver(
  source: Uint8Array,
  sourceSide: number,
  placement: Placement,
  target: Float32Array,
  side: number,
  samples: number,
): Cells {
  const cells = coveredCells(placement, side);
  const { left, top, width, height, mirrored } = placement;
  const grid = { sourceSide, side, samples };
  const columns = sampleLine(
    { start: left, length: width, from: cells.left, to: cells.right, mirrored },
    grid,
  );
  const rows = sampleLine(
    { start: top, length: height, from: cells.top, to: cells.bottom, mirrored: false },
    grid,
  );
  const weight = 1 / (samples * samples);
  for (let y = cells.top; y < cells.bottom; y++) {
    for (let x = cells.left; x < cells.right; x++) {
      let sum = 0;
      for (let v = (y - cells.top) * samples, endV = v + samples; v < endV; v++) {
        const row = rows.index[v]! * sourceSide;
        const down = rows.share[v]!;
        for (let h = (x - cells.left) * samples, endH = h + samples; h < endH; h++) {
          const i = row + columns.index[h]!;
          const across = columns.share[h]!;
          const upper = source[i]! + across * (source[i + 1]! - source[i]!);
          const lower =
            source[i + sourceSide]! + across * (source[i + sourceSide + 1]! - source[i + sourceSide]!);
          sum += upper + down * (lower - upper);
        }
      }
      target[y * side + x] = sum * weight;
    }
  }
  return cells;
}

/** The values of these cells alone, row by row, of a grid of `side` × `side`. */
export function cutOut(
  grid: Float32Array | Uint8Array,
  side: number,
  { left, top, right, bottom }: Cells,
): Float32Array {
  const width = right - left;
  const values = new Float32Array(width * (bottom - top));
  for (let y = top; y < bottom; y++) {
    values.set(grid.subarray(y * side + left, y * side + right), (y - top) * width);
  }
  return values;
}

/** One axis of a placement, and the cells along it. */
interface Axis {
  readonly start: number;
  readonly length: number;
  readonly from: number;
  readonly to: number;
  readonly mirrored: boolean;
}

/** For each sample along an axis: the source cell before it, and how far it is on the way to the next. */
function sampleLine(
  { start, length, from, to, mirrored }: Axis,
  { sourceSide, side, samples }: { sourceSide: number; side: number; samples: number },
): { index: Int32Array; share: Float32Array } {
  const count = Math.max(0, to - from) * samples;
  const index = new Int32Array(count);
  const share = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const place = ((from + (i + 0.5) / samples) / side - start) / length;
    const position = (mirrored ? 1 - place : place) * sourceSide - 0.5;
    const before = Math.min(sourceSide - 2, Math.max(0, Math.floor(position)));
    index[i] = before;
    share[i] = Math.min(1, Math.max(0, position - before));
  }
  return { index, share };
}
