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
/** Rayleigh's (mean)² over mean square, π/4: what the gradients of a field of random values have at any scale. */
const RANDOM_EVENNESS = Math.PI / 4;
/** Shorter side, in pixels, below which a plane is too small to tell order from disorder. */
const SMALLEST_LEVEL = 32;

/** Directions in which focus is measured: across, down, and the two diagonals. */
const DIRECTIONS = 4;
/** Sums of a block: first differences squared in each direction, then second ones, then the number of pixels. */
const SUMS = 2 * DIRECTIONS + 1;

/** Measures all inner pixels. A plane below 3 × 3 has no detail. */
export function measureDetail(luma: LumaPlane): Detail {
  const { width, height } = luma;
  if (width < 3 || height < 3) return { sharpness: 0, noisiness: 0, focus: 0, disorder: 0 };
  const columns = Math.ceil((width - 2) / BLOCK);
  const blocks = new Float64Array(SUMS * columns * Math.ceil((height - 2) / BLOCK));
  const pass = measurePass(luma, columns, blocks);
  return {
    sharpness: pass.sharpness,
    noisiness: pass.noisiness,
    focus: focusOf(blocks),
    disorder: disorderOf(luma, pass.evenness),
  };
}

/**
 * One pass over the pixels: Laplacian [0 1 0; 1 −4 1; 0 1 0], Sobel [−1 0 1; −2 0 2; −1 0 1], evenness of the gradient, and the sums of the blocks, for
 * which every second line is enough.
 */
function measurePass(
  { width, height, values }: LumaPlane,
  columns: number,
  blocks: Float64Array,
): { sharpness: number; noisiness: number; evenness: number } {
  let sum = 0;
  let squares = 0;
  let gradient = 0;
  let slopes = 0;
  let slopeSquares = 0;
  for (let y = 1; y < height - 1; y++) {
    const isSummed = (y & 1) === 1;
    for (let column = 0; column < columns; column++) {
      const start = y * width + 1 + column * BLOCK;
      const end = Math.min(start + BLOCK, (y + 1) * width - 1);
      let first0 = 0;
      let first1 = 0;
      let first2 = 0;
      let first3 = 0;
      let second0 = 0;
      let second1 = 0;
      let second2 = 0;
      let second3 = 0;
      for (let i = start; i < end; i++) {
        const middle = values[i]!;
        const left = values[i - 1]!;
        const right = values[i + 1]!;
        const above = values[i - width]!;
        const below = values[i + width]!;
        const leftAbove = values[i - width - 1]!;
        const rightBelow = values[i + width + 1]!;
        const rightAbove = values[i - width + 1]!;
        const leftBelow = values[i + width - 1]!;
        const response = left + right + above + below - 4 * middle;
        sum += response;
        squares += response * response;
        const across = right - left;
        const down = below - above;
        const falling = rightBelow - leftAbove;
        const rising = rightAbove - leftBelow;
        // The two Sobel kernels share their diagonals.
        const sobelAcross = falling + rising + 2 * across;
        const sobelDown = falling - rising + 2 * down;
        gradient += sobelAcross * sobelAcross + sobelDown * sobelDown;
        const slope = across * across + down * down;
        slopes += Math.sqrt(slope);
        slopeSquares += slope;
        if (isSummed) {
          const bend0 = left + right - 2 * middle;
          const bend1 = above + below - 2 * middle;
          const bend2 = leftAbove + rightBelow - 2 * middle;
          const bend3 = rightAbove + leftBelow - 2 * middle;
          first0 += across * across;
          first1 += down * down;
          first2 += falling * falling;
          first3 += rising * rising;
          second0 += bend0 * bend0;
          second1 += bend1 * bend1;
          second2 += bend2 * bend2;
          second3 += bend3 * bend3;
        }
      }
      if (!isSummed) continue;
      const at = SUMS * (Math.floor((y - 1) / BLOCK) * columns + column);
      blocks[at]! += first0;
      blocks[at + 1]! += first1;
      blocks[at + 2]! += first2;
      blocks[at + 3]! += first3;
      blocks[at + 4]! += second0;
      blocks[at + 5]! += second1;
      blocks[at + 6]! += second2;
      blocks[at + 7]! += second3;
      blocks[at + 8]! += end - start;
    }
  }
  const count = (width - 2) * (height - 2);
  return {
    sharpness: Math.max(0, squares / count - (sum / count) ** 2),
    noisiness: squares === 0 ? 0 : squares / Math.max(gradient, Number.EPSILON),
    evenness: slopeSquares === 0 ? 0 : (slopes * slopes) / count / slopeSquares,
  };
}

/**
 * Energy of second over energy of first differences, in the direction in which the picture is softest, where it is sharpest: of the blocks with
 * strong edges the upper quartile. A step has 1, one under a Gaussian of σ pixels about 1 / (8 σ²). A sharp subject before a soft background is in
 * focus; a camera that shakes is soft in its direction only.
 */
function focusOf(blocks: Float64Array): number {
  let softest = Infinity;
  for (let direction = 0; direction < DIRECTIONS; direction++) {
    let strongest = 0;
    for (let at = 0; at < blocks.length; at += SUMS) {
      strongest = Math.max(strongest, blocks[at + direction]! / blocks[at + SUMS - 1]!);
    }
    const least = Math.max(LEAST_ENERGY, TELLING_SHARE * strongest);
    const telling: number[] = [];
    for (let at = 0; at < blocks.length; at += SUMS) {
      const first = blocks[at + direction]!;
      const isTelling = first >= least * blocks[at + SUMS - 1]!;
      if (isTelling) telling.push(blocks[at + DIRECTIONS + direction]! / first);
    }
    if (telling.length === 0) continue;
    telling.sort((a, b) => a - b);
    softest = Math.min(softest, telling[Math.floor(0.75 * (telling.length - 1))]!);
  }
  return softest === Infinity ? 0 : softest;
}

/**
 * How evenly the gradient is spread, at the scale where it is least even: (mean |g|)² / mean |g|², against the same of random values. A drawing has
 * its gradient along lines, 0.02–0.4; noise of any grain has it everywhere, 1.
 */
function disorderOf(luma: LumaPlane, finest: number): number {
  let least = finest;
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
