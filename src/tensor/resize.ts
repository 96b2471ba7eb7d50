/** Pictures and planes of numbers at another size: areas averaged on the way down, straight lines on the way up. */

import { pixelCenters } from "./pixel-centers.ts";

/** Interleaved values, row by row, `channels * width * height` long. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/**
 * The raster at another size. An axis that shrinks takes the mean of each area, with points on a border counting to both in part; one that
 * grows draws straight lines between the centers of its points and repeats the outermost.
 *
 * @param width ≥ 1
 * @param height ≥ 1
 */
export function resizeRaster(source: Raster, width: number, height: number): Raster {
  const { channels } = source;
  const wide = resizeAxis(source.data, { lines: source.height, size: source.width, values: channels }, width);
  const data = resizeAxis(wide, { lines: 1, size: source.height, values: channels * width }, height);
  return { width, height, channels, data };
}

interface Axis {
  /** Independent lines, one behind the other. */
  readonly lines: number;
  /** Points of a line. */
  readonly size: number;
  /** Values of a point. */
  readonly values: number;
}

function resizeAxis(source: Float32Array, axis: Axis, target: number): Float32Array {
  if (target === axis.size) return source;
  const taps = target < axis.size ? areaTaps(axis.size, target) : lineTaps(axis.size, target);
  const { lines, size, values } = axis;
  const result = new Float32Array(lines * target * values);
  for (let line = 0; line < lines; line++) {
    for (const { from, to, weight } of taps) {
      const [input, output] = [(line * size + from) * values, (line * target + to) * values];
      for (let i = 0; i < values; i++) result[output + i]! += weight * source[input + i]!;
    }
  }
  return result;
}

/** Point `from` counts to point `to` with this weight; the weights of one `to` sum to 1. */
interface Tap {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

function areaTaps(size: number, target: number): Tap[] {
  const share = size / target;
  const taps: Tap[] = [];
  for (let to = 0; to < target; to++) {
    const [begin, end] = [to * share, Math.min((to + 1) * share, size)];
    for (let from = Math.floor(begin); from < Math.ceil(end); from++) {
      taps.push({ from, to, weight: (Math.min(from + 1, end) - Math.max(from, begin)) / share });
    }
  }
  return taps;
}

function lineTaps(size: number, target: number): Tap[] {
  return Array.from(pixelCenters(size, target), (place, to) => {
    const first = Math.min(Math.floor(place), Math.max(size - 2, 0));
    const second = Math.min(first + 1, size - 1);
    return [
      { from: first, to, weight: 1 - (place - first) },
      { from: second, to, weight: place - first },
    ];
  }).flat();
}
