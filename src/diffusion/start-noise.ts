/** The noise that a picture starts from: drawn at its size or another, and turned towards a second one. */

import { elementCount } from "../tensor/tensor.ts";

/** @returns `count` standard normal numbers, the same for the same count */
export type DrawNoise = (count: number) => Float32Array;

export interface StartNoiseOptions {
  /** A second noise and how far the first is turned towards it, 0–1. */
  readonly variation?: { readonly strength: number; readonly draw: DrawNoise } | undefined;
  /** Height and width in cells at which the noise is drawn; default: its own. */
  readonly drawnAt?: readonly [height: number, width: number] | null | undefined;
}

/**
 * Noise of `dims`, `[1, channels, height, width]`. Drawn at another size, it stands in the middle of noise of the picture's own size, or
 * loses its edges. Source: stable-diffusion-webui 1.10 (behavior of subseeds and "resize seed from").
 */
export function drawStartNoise(
  dims: readonly number[],
  draw: DrawNoise,
  { variation, drawnAt }: StartNoiseOptions = {},
): Float32Array {
  const [batch, channels, height, width] = dims;
  const [high, wide] = drawnAt ?? [height!, width!];
  const count = elementCount([batch!, channels!, high, wide]);
  const own = draw(count);
  const noise =
    variation && variation.strength > 0
      ? turnNoise(own, variation.draw(count), variation.strength, high, wide)
      : own;
  if (high === height && wide === width) return noise;
  const whole = draw(elementCount(dims)).slice();
  putInMiddle(whole, height!, width!, noise, high, wide);
  return whole;
}

/** Above this mean cosine two noises count as one direction, which has no way around. */
const PARALLEL = 0.9995;

/**
 * Spherical interpolation from `from` to `to`, column by column of the planes, as the web UI's: the angle is between the columns' values.
 *
 * @param share 0 = `from`, 1 = `to`
 * @param height of a plane; the noises are `[planes, height, width]`
 */
export function turnNoise(
  from: Float32Array,
  to: Float32Array,
  share: number,
  height: number,
  width: number,
): Float32Array {
  const planes = from.length / (height * width);
  const cosines = new Float64Array(planes * width);
  for (let column = 0; column < cosines.length; column++) {
    const start = firstOf(column, height, width);
    let [dot, ofFrom, ofTo] = [0, 0, 0];
    for (let row = 0; row < height; row++) {
      const [a, b] = [from[start + row * width]!, to[start + row * width]!];
      dot += a * b;
      ofFrom += a * a;
      ofTo += b * b;
    }
    cosines[column] = Math.max(-1, Math.min(1, dot / Math.sqrt(ofFrom * ofTo)));
  }
  const isParallel = cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length > PARALLEL;
  const turned = new Float32Array(from.length);
  for (let column = 0; column < cosines.length; column++) {
    const angle = Math.acos(cosines[column]!);
    const sine = Math.sin(angle);
    const isStraight = isParallel || sine === 0;
    const near = isStraight ? 1 - share : Math.sin((1 - share) * angle) / sine;
    const far = isStraight ? share : Math.sin(share * angle) / sine;
    for (let row = 0, i = firstOf(column, height, width); row < height; row++, i += width) {
      turned[i] = near * from[i]! + far * to[i]!;
    }
  }
  return turned;
}

/** Index of the first value of a column, counted over all planes. */
function firstOf(column: number, height: number, width: number): number {
  return Math.floor(column / width) * height * width + (column % width);
}

/** Writes planes of `high` × `wide` into the middle of those of `height` × `width`; what sticks out is left away. */
function putInMiddle(
  whole: Float32Array,
  height: number,
  width: number,
  part: Float32Array,
  high: number,
  wide: number,
): void {
  // Python's //, which the web UI halves the difference by, rounds down.
  const [down, right] = [Math.floor((height - high) / 2), Math.floor((width - wide) / 2)];
  const planes = whole.length / (height * width);
  for (let plane = 0; plane < planes; plane++) {
    for (let row = Math.max(0, down); row < Math.min(height, down + high); row++) {
      for (let column = Math.max(0, right); column < Math.min(width, right + wide); column++) {
        whole[(plane * height + row) * width + column] =
          part[(plane * high + row - down) * wide + column - right]!;
      }
    }
  }
}
