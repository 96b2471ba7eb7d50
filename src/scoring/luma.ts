/** Brightness planes: what the scores measure on. */
import type { ByteImage } from "../tensor/image.ts";

/** A gray picture, 0–255, row by row. */
export interface LumaPlane {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** A part of a picture, in pixels. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Rec. 601 luma, 0.299 R + 0.587 G + 0.114 B: the gray that the published sharpness thresholds were measured on. */
export function toLuma({ width, height, data }: ByteImage): LumaPlane {
  const values = new Float32Array(width * height);
  for (let pixel = 0, i = 0; pixel < values.length; pixel++, i += 3) {
    values[pixel] = 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!;
  }
  return { width, height, values };
}

/** The plane at a longer side of at most `side` pixels; a smaller one as it is. */
export function fitLuma(luma: LumaPlane, side: number): LumaPlane {
  const factor = Math.min(1, side / Math.max(luma.width, luma.height));
  const width = Math.max(1, Math.round(luma.width * factor));
  return shrink(luma, width, Math.max(1, Math.round(luma.height * factor)));
}

/** A part of the plane, copied. */
export function cutLuma(luma: LumaPlane, { left, top, width, height }: Area): LumaPlane {
  if (width === luma.width && height === luma.height) return luma;
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * luma.width + left;
    values.set(luma.values.subarray(start, start + width), y * width);
  }
  return { width, height, values };
}

/** Area average: each target pixel is the mean of exactly the source area that it covers, so noise averages out and nothing aliases. */
export function shrink(source: LumaPlane, width: number, height: number): LumaPlane {
  if (width === source.width && height === source.height) return source;
  const values = new Float32Array(width * height);
  const row = new Float64Array(width);
  const spans = cutIntoSpans(source.width, width);
  const scale = height / source.height;
  for (let y = 0; y < source.height; y++) {
    averageRow(source.values, y * source.width, spans, row);
    const start = y * scale;
    const end = start + scale;
    for (let target = Math.floor(start); target < end && target < height; target++) {
      const share = Math.min(end, target + 1) - Math.max(start, target);
      const at = target * width;
      for (let x = 0; x < width; x++) values[at + x]! += share * row[x]!;
    }
  }
  return { width, height, values };
}

/** A line cut into cells of one length: the first and the last pixel of each, and which share of the cell either is. */
interface Spans {
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly firstShare: Float64Array;
  readonly lastShare: Float64Array;
  /** Of each pixel between. */
  readonly share: number;
}

function cutIntoSpans(length: number, cells: number): Spans {
  const share = cells / length;
  const spans = {
    first: new Int32Array(cells),
    last: new Int32Array(cells),
    firstShare: new Float64Array(cells),
    lastShare: new Float64Array(cells),
    share,
  };
  for (let cell = 0; cell < cells; cell++) {
    const start = (cell * length) / cells;
    const end = ((cell + 1) * length) / cells;
    const first = Math.floor(start);
    const last = Math.min(length - 1, Math.floor(end));
    spans.first[cell] = first;
    spans.last[cell] = last;
    // A cell within one pixel is that pixel.
    spans.firstShare[cell] = first === last ? 1 : (first + 1 - start) * share;
    spans.lastShare[cell] = first === last ? 0 : (end - last) * share;
  }
  return spans;
}

/** The means of the cells of a row that begins at `at`. */
function averageRow(values: Float32Array, at: number, spans: Spans, result: Float64Array): void {
  const { first, last, firstShare, lastShare, share } = spans;
  for (let cell = 0; cell < result.length; cell++) {
    const start = at + first[cell]!;
    const end = at + last[cell]!;
    let between = 0;
    for (let i = start + 1; i < end; i++) between += values[i]!;
    result[cell] = values[start]! * firstShare[cell]! + between * share + values[end]! * lastShare[cell]!;
  }
}
