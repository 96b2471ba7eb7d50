/** Brightness planes: what the scores measure on. */
import type { ByteImage } from "../tensor/image.ts";

/** A gray picture, 0–255, row by row. */
export interface LumaPlane {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** Rec. 601 luma, 0.299 R + 0.587 G + 0.114 B: the gray that the published sharpness thresholds were measured on. */
export function toLuma({ width, height, data }: ByteImage): LumaPlane {
  const values = new Float32Array(width * height);
  for (let pixel = 0, i = 0; pixel < values.length; pixel++, i += 3) {
    values[pixel] = 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!;
  }
  return { width, height, values };
}

/** Area average: each target pixel is the mean of exactly the source area that it covers, so noise averages out and nothing aliases. */
export function shrink(source: LumaPlane, width: number, height: number): LumaPlane {
  if (width === source.width && height === source.height) return source;
  const rows = averageRuns(source.values, source.width, source.height, width);
  const columns = transpose(rows, width, source.height);
  const shrunk = averageRuns(columns, source.height, width, height);
  return { width, height, values: transpose(shrunk, height, width) };
}

/** Averages each row of `length` values to `target` values. */
function averageRuns(values: Float32Array, length: number, rows: number, target: number): Float32Array {
  const result = new Float32Array(target * rows);
  const step = length / target;
  for (let row = 0; row < rows; row++) {
    for (let cell = 0; cell < target; cell++) {
      const start = cell * step;
      const end = Math.min(start + step, length);
      let sum = 0;
      for (let i = Math.floor(start); i < end; i++) {
        sum += values[row * length + i]! * (Math.min(i + 1, end) - Math.max(i, start));
      }
      result[row * target + cell] = sum / (end - start);
    }
  }
  return result;
}

function transpose(values: Float32Array, width: number, height: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) result[x * height + y] = values[y * width + x]!;
  }
  return result;
}
