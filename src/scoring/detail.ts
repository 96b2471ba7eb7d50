/** Edges and fine detail of a brightness plane: what tells sharp from blurred, and a picture from noise. */
import { shrink, type LumaPlane } from "./luma.ts";

export interface Detail {
  readonly sharpness: number;
  readonly noisiness: number;
  readonly focus: number;
  readonly disorder: number;
}

/** Pixels of a block's side. */
const BLOCK = 16;
/** Blocks with less than this share of the strongest block's energy say nothing about focus: their ratio is that of noise. Own. */
const TELLING_SHARE = 0.2;
/** Squared central difference per pixel, in luma levels, below which a block is even. Own. */
const LEAST_ENERGY = 20;
/** Rayleigh's mean squared over mean square, π/4: what a field of random values has at any scale. */
const RANDOM_EVENNESS = Math.PI / 4;
/** Shorter side, in pixels, below which a plane is too small to tell order from disorder. */
const SMALLEST_LEVEL = 32;

/** Measures all inner pixels. A plane below 3 × 3 has no detail. */
export function measureDetail(luma: LumaPlane): Detail {
  const { width, height } = luma;
  if (width < 3 || height < 3) return { sharpness: 0, noisiness: 0, focus: 0, disorder: 0 };
  return { ...laplacianAndSobel(luma), focus: focusOf(luma), disorder: disorderOf(luma) };
}

/** Laplacian [0 1 0; 1 −4 1; 0 1 0] and Sobel [−1 0 1; −2 0 2; −1 0 1]. */
function laplacianAndSobel({ width, height, values }: LumaPlane): { sharpness: number; noisiness: number } {
  const count = (width - 2) * (height - 2);
  let sum = 0;
  let squares = 0;
  let gradient = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) {
      const above = i - width;
      const below = i + width;
      const cross = values[i - 1]! + values[i + 1]! + values[above]! + values[below]!;
      const response = cross - 4 * values[i]!;
      sum += response;
      squares += response * response;
      // The two Sobel kernels share their diagonals.
      const falling = values[below + 1]! - values[above - 1]!;
      const rising = values[above + 1]! - values[below - 1]!;
      const across = falling + rising + 2 * (values[i + 1]! - values[i - 1]!);
      const down = falling - rising + 2 * (values[below]! - values[above]!);
      gradient += across * across + down * down;
    }
  }
  const sharpness = Math.max(0, squares / count - (sum / count) ** 2);
  return { sharpness, noisiness: squares === 0 ? 0 : squares / Math.max(gradient, Number.EPSILON) };
}

/**
 * Energy of second over energy of first differences, in the direction in which the picture is softest, where it is sharpest: blocks of 16 × 16
 * with strong edges, the upper quartile of them. A step has 1, one under a Gaussian of σ pixels about 1 / (8 σ²). A sharp subject before a
 * soft background is in focus; a camera that shakes is soft in its direction only.
 */
function focusOf({ width, height, values }: LumaPlane): number {
  const columns = Math.max(1, Math.floor((width - 2) / BLOCK));
  const rows = Math.max(1, Math.floor((height - 2) / BLOCK));
  const blocks = columns * rows;
  const energy = new Float64Array(4 * blocks);
  const ratio = new Float64Array(4 * blocks);
  const steps = [1, width, width + 1, width - 1];
  for (let row = 0, block = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, block++) {
      for (let direction = 0; direction < 4; direction++) {
        const step = steps[direction]!;
        let first = 0;
        let second = 0;
        const bottom = Math.min(height - 1, 1 + (row + 1) * BLOCK);
        const right = Math.min(width - 1, 1 + (column + 1) * BLOCK);
        for (let y = 1 + row * BLOCK; y < bottom; y++) {
          for (let i = y * width + 1 + column * BLOCK; i < y * width + right; i++) {
            const before = values[i - step]!;
            const after = values[i + step]!;
            const slope = after - before;
            const bend = after + before - 2 * values[i]!;
            first += slope * slope;
            second += bend * bend;
          }
        }
        const size = (bottom - 1 - row * BLOCK) * (right - 1 - column * BLOCK);
        energy[direction * blocks + block] = first / size;
        ratio[direction * blocks + block] = first > 0 ? second / first : 0;
      }
    }
  }
  let softest = Infinity;
  for (let direction = 0; direction < 4; direction++) {
    const at = direction * blocks;
    const strongest = energy.subarray(at, at + blocks).reduce((most, value) => Math.max(most, value), 0);
    const least = Math.max(LEAST_ENERGY, TELLING_SHARE * strongest);
    const telling = [];
    for (let block = 0; block < blocks; block++) {
      if (energy[at + block]! >= least) telling.push(ratio[at + block]!);
    }
    if (telling.length === 0) continue;
    telling.sort((a, b) => a - b);
    softest = Math.min(softest, telling[Math.floor(0.75 * (telling.length - 1))]!);
  }
  return softest === Infinity ? 0 : softest;
}

/**
 * How evenly the gradient is spread, at the scale where it is least even: (mean |g|)² / mean |g|², against the same of random values. A drawing has
 * its gradient along lines, 0.1–0.5; noise of any grain has it everywhere, 1.
 */
function disorderOf(luma: LumaPlane): number {
  let least = evenness(luma);
  let level = luma;
  while (Math.min(level.width, level.height) >= 2 * SMALLEST_LEVEL) {
    level = shrink(level, level.width >> 1, level.height >> 1);
    least = Math.min(least, evenness(level));
  }
  return least / RANDOM_EVENNESS;
}

function evenness({ width, height, values }: LumaPlane): number {
  let sum = 0;
  let squares = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) {
      const across = values[i + 1]! - values[i - 1]!;
      const down = values[i + width]! - values[i - width]!;
      const square = across * across + down * down;
      squares += square;
      sum += Math.sqrt(square);
    }
  }
  const count = (width - 2) * (height - 2);
  return squares === 0 ? 0 : (sum * sum) / count / squares;
}
