/** Planes at smaller sizes, and flows at larger ones: the steps between the levels of a flow estimate. */

import { copyNumbers, doublesAt, floatsAt, lendMemory, wordsAt } from "../kernels/kernels.ts";
import { fillRows } from "../kernels/share-rows.ts";
import { TAP_RULES } from "../motion/padding.ts";
import { pixelCenters } from "../tensor/pixel-centers.ts";

/** Pixels. */
export interface PlaneSize {
  readonly width: number;
  readonly height: number;
}

/** Weights of the source pixels that make up each pixel of a shorter line: `taps` per pixel, an even number, places already mirrored into it. */
interface Reduction {
  readonly taps: number;
  readonly places: Int32Array;
  readonly weights: Float64Array;
}

/**
 * The plane blurred by a Gaussian and read bilinearly at the pixel centers of a smaller one; both at once, so that only the pixels that are
 * read are blurred. Edges are mirrored without repeating the edge pixel.
 *
 * @param plane `[height, width]`
 * @param kernel weights of the blur, odd length, summing to 1
 * @returns `[to.height, to.width]`
 */
export function shrink(
  plane: Float32Array,
  from: PlaneSize,
  to: PlaneSize,
  kernel: Float64Array,
): Float32Array {
  const rows = reduction(from.height, to.height, kernel);
  const columns = reduction(from.width, to.width, kernel);
  const small = new Float32Array(to.height * to.width);
  const parts = [rows, columns].flatMap(({ places, weights }) => [4 * places.length, 8 * weights.length]);
  lendMemory(
    [4 * plane.length, 64, ...parts],
    (source, settings, places, weights, columnPlaces, columnWeights) => {
      copyNumbers(plane, floatsAt(source, plane.length));
      wordsAt(places, rows.places.length).set(rows.places);
      doublesAt(weights, rows.weights.length).set(rows.weights);
      wordsAt(columnPlaces, columns.places.length).set(columns.places);
      doublesAt(columnWeights, columns.weights.length).set(columns.weights);
      const about = [source, from.width, to.width, rows.taps, places, weights, columns.taps];
      wordsAt(settings, 9).set([...about, columnPlaces, columnWeights]);
      const scratchBytes = 8 * from.width + 64;
      fillRows({ kernel: "shrink", settings, rows: to.height, bandRows: 8, scratchBytes }, small);
    },
  );
  return small;
}

function reduction(from: number, to: number, kernel: Float64Array): Reduction {
  const radius = (kernel.length - 1) / 2;
  const taps = kernel.length + 1;
  const places = new Int32Array(to * taps);
  const weights = new Float64Array(to * taps);
  for (const [i, position] of pixelCenters(from, to).entries()) {
    const first = Math.floor(position);
    const share = position - first;
    for (let k = 0; k < taps; k++) {
      places[i * taps + k] = TAP_RULES.mirror(first - radius + k, from);
      weights[i * taps + k] = (1 - share) * (kernel[k] ?? 0) + share * (kernel[k - 1] ?? 0);
    }
  }
  return { taps, places, weights };
}

/**
 * A flow at another size, bilinear between pixel centers, edge values repeated; its vectors are multiplied by `factor`.
 *
 * @param flow `[from.height, from.width, 2]`
 * @returns `[to.height, to.width, 2]`
 */
export function resizeFlow(flow: Float32Array, from: PlaneSize, to: PlaneSize, factor: number): Float32Array {
  const resized = new Float32Array(2 * to.width * to.height);
  const xs = pixelCenters(from.width, to.width);
  const ys = pixelCenters(from.height, to.height);
  for (let y = 0, o = 0; y < to.height; y++) {
    const top = Math.floor(ys[y]!);
    const down = (ys[y]! - top) * factor;
    const stay = factor - down;
    const above = 2 * top * from.width;
    const below = 2 * Math.min(from.height - 1, top + 1) * from.width;
    for (let x = 0; x < to.width; x++, o += 2) {
      const left = Math.floor(xs[x]!);
      const t = xs[x]! - left;
      const l = 2 * left;
      const r = 2 * Math.min(from.width - 1, left + 1);
      resized[o] =
        stay * (flow[above + l]! * (1 - t) + flow[above + r]! * t) +
        down * (flow[below + l]! * (1 - t) + flow[below + r]! * t);
      resized[o + 1] =
        stay * (flow[above + l + 1]! * (1 - t) + flow[above + r + 1]! * t) +
        down * (flow[below + l + 1]! * (1 - t) + flow[below + r + 1]! * t);
    }
  }
  return resized;
}

/** The plane at half the size (rounded down), each pixel the mean of four; an odd last row or column is left out. */
export function halve(plane: Float32Array, { width, height }: PlaneSize): Float32Array {
  const halfWidth = width >> 1;
  const halfHeight = height >> 1;
  const half = new Float32Array(halfWidth * halfHeight);
  for (let y = 0, o = 0; y < halfHeight; y++) {
    for (let x = 0, i = 2 * y * width; x < halfWidth; x++, i += 2, o++) {
      half[o] = (plane[i]! + plane[i + 1]! + plane[i + width]! + plane[i + width + 1]!) / 4;
    }
  }
  return half;
}
