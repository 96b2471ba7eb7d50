/** Where a picture draws the eye. */
import type { ByteImage } from "../tensor/image.ts";
import type { Area } from "./luma.ts";
import { type MeanColors, meanColors } from "./mean-colors.ts";

/** Cells of a map's side: a map is square whatever the picture's aspect. */
export const SALIENCY_SIDE = 32;

const N = SALIENCY_SIDE;
/** Spread of the smoothing, as a share of the side; the paper's best are 0.045–0.1. */
const SMOOTHING = 0.05;
/** Mean square, in luma levels, below which a channel is even and draws no eye. */
const LEAST_ENERGY = 1;

/** DCT-II, orthonormal: row k holds the k-th cosine. Its transpose is its inverse. */
const COSINES = Float64Array.from({ length: N * N }, (_, i) => {
  const [k, x] = [Math.floor(i / N), i % N];
  return Math.sqrt((k === 0 ? 1 : 2) / N) * Math.cos((Math.PI * (2 * x + 1) * k) / (2 * N));
});
const INVERSE = transpose(COSINES);

const GAUSSIAN = gaussianMatrix(SMOOTHING * N);

/**
 * The image signature of Hou, Harel and Koch ("Image Signature: Highlighting Sparse Salient Regions", PAMI 2012): the signs of the cosine transform
 * back in the plane, squared and smoothed, summed over brightness and two color differences. It stands out what is sparse against a background
 * that is not, as the spectral residual (Hou and Zhang, CVPR 2007) does; cosines know no seam where the picture's edges would meet.
 *
 * @returns 32 × 32 cells, row by row, of the sum 1; all alike for an even picture
 */
export function measureSaliency(image: ByteImage, area: Area): Float64Array {
  return saliencyOf(meanColors(image, area, N, N));
}

/** {@link measureSaliency} of a picture whose 32 × 32 mean colors are known already. */
export function saliencyOf({ luma, blue, red }: MeanColors): Float64Array {
  const total = new Float64Array(N * N);
  for (const channel of [luma, blue, red]) addSignature(channel, total);
  const smooth = product(product(GAUSSIAN, total), GAUSSIAN);
  let sum = 0;
  for (const value of smooth) sum += value;
  return sum > 0 ? smooth.map((value) => value / sum) : smooth.fill(1 / smooth.length);
}

function addSignature(channel: Float32Array, total: Float64Array): void {
  let sum = 0;
  let squares = 0;
  for (const value of channel) {
    sum += value;
    squares += value * value;
  }
  const count = channel.length;
  if (squares / count - (sum / count) ** 2 < LEAST_ENERGY) return;
  const spectrum = product(product(COSINES, Float64Array.from(channel)), INVERSE);
  const signs = spectrum.map(Math.sign);
  const back = product(product(INVERSE, signs), COSINES);
  for (let i = 0; i < total.length; i++) total[i]! += back[i]! * back[i]!;
}

/** Product of two N × N matrices; four columns at a time, so that sums stay in registers. */
function product(a: Float64Array, b: Float64Array): Float64Array {
  const result = new Float64Array(N * N);
  for (let row = 0; row < N * N; row += N) {
    for (let column = 0; column < N; column += 4) {
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      for (let k = 0, at = column; k < N; k++, at += N) {
        const factor = a[row + k]!;
        sum0 += factor * b[at]!;
        sum1 += factor * b[at + 1]!;
        sum2 += factor * b[at + 2]!;
        sum3 += factor * b[at + 3]!;
      }
      result[row + column] = sum0;
      result[row + column + 1] = sum1;
      result[row + column + 2] = sum2;
      result[row + column + 3] = sum3;
    }
  }
  return result;
}

function transpose(matrix: Float64Array): Float64Array {
  return matrix.map((_, i) => matrix[(i % N) * N + Math.floor(i / N)]!);
}

/** Symmetric; row i weighs the neighbors of cell i. Nothing lies beyond the edge, so a cell at the edge spreads inwards only. */
function gaussianMatrix(sigma: number): Float64Array {
  const matrix = new Float64Array(N * N);
  for (let i = 0; i < matrix.length; i++) {
    const distance = (i % N) - Math.floor(i / N);
    matrix[i] = Math.exp(-(distance ** 2) / (2 * sigma ** 2));
  }
  return matrix;
}
