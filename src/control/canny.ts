/** Canny's edges, value for value those of OpenCV, which the edge ControlNets were trained with. */

import { sharpen } from "../feedback/sharpen.ts";
import { type ByteImage, toByteImage, toFloatImage } from "../tensor/image.ts";

export interface CannyOptions {
  /** Sums of absolute Sobel differences, 0–2040: a point above `high` begins an edge, one above `low` goes on with it. */
  readonly low: number;
  readonly high: number;
  /** Deviation of a Gaussian blur before, in pixels; 0 for none, as OpenCV's function. */
  readonly blur: number;
}

/** tan 22.5° in 15 bits, as OpenCV sorts directions. */
const TAN_22 = 13_573;
const SHIFT = 15;

const MAYBE = 1;
const EDGE = 2;

/**
 * Edges (Canny 1986): Sobel differences of each color, of which the largest counts, thinned to the local maxima along their direction, then
 * followed from strong points through weak ones. Source: OpenCV 5.0.0 Canny with aperture 3 and L1 norm (behavior), all pixels equal.
 *
 * @returns white edges on black, of the picture's size
 */
export function findEdges(image: ByteImage, { low, high, blur }: CannyOptions): ByteImage {
  const { width, height } = image;
  const gradient = differentiate(blur > 0 ? blurred(image, blur) : image);
  const [weak, strong] = [Math.floor(Math.min(low, high)), Math.floor(Math.max(low, high))];
  const map = thin(gradient, weak);
  follow(map, gradient, strong);
  const data = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (map[(row + 1) * gradient.stride + column + 1] === EDGE) {
        data.fill(255, 3 * (row * width + column), 3 * (row * width + column) + 3);
      }
    }
  }
  return { width, height, data };
}

function blurred(image: ByteImage, sigma: number): ByteImage {
  return toByteImage(sharpen(toFloatImage(image), { amount: -1, kernel: 0, sigma, threshold: 0 }));
}

/** Differences per pixel, with a frame of one pixel of no change around them. */
interface Gradient {
  readonly width: number;
  readonly height: number;
  /** Values per row, width + 2. */
  readonly stride: number;
  readonly x: Int16Array;
  readonly y: Int16Array;
  /** |x| + |y| */
  readonly magnitude: Int16Array;
}

/** Sobel differences of the color that changes most; pixels beyond the picture repeat its edge. */
function differentiate({ width, height, data }: ByteImage): Gradient {
  const stride = width + 2;
  const size = stride * (height + 2);
  const [x, y, magnitude] = [new Int16Array(size), new Int16Array(size), new Int16Array(size)];
  for (let row = 0; row < height; row++) {
    const above = 3 * width * Math.max(row - 1, 0);
    const here = 3 * width * row;
    const below = 3 * width * Math.min(row + 1, height - 1);
    for (let column = 0; column < width; column++) {
      const left = 3 * Math.max(column - 1, 0);
      const middle = 3 * column;
      const right = 3 * Math.min(column + 1, width - 1);
      const index = (row + 1) * stride + column + 1;
      for (let channel = 0; channel < 3; channel++) {
        const topLeft = data[above + left + channel]!;
        const topRight = data[above + right + channel]!;
        const bottomLeft = data[below + left + channel]!;
        const bottomRight = data[below + right + channel]!;
        const dx =
          topRight +
          2 * data[here + right + channel]! +
          bottomRight -
          topLeft -
          2 * data[here + left + channel]! -
          bottomLeft;
        const dy =
          bottomLeft +
          2 * data[below + middle + channel]! +
          bottomRight -
          topLeft -
          2 * data[above + middle + channel]! -
          topRight;
        const sum = Math.abs(dx) + Math.abs(dy);
        if (channel > 0 && sum <= magnitude[index]!) continue;
        x[index] = dx;
        y[index] = dy;
        magnitude[index] = sum;
      }
    }
  }
  return { width, height, stride, x, y, magnitude };
}

/** Marks as MAYBE the pixels above `low` that are maxima across their edge. Of equal neighbors the first in reading order wins. */
function thin({ width, height, stride, x, y, magnitude }: Gradient, low: number): Uint8Array {
  const map = new Uint8Array(magnitude.length);
  for (let row = 1; row <= height; row++) {
    for (let index = row * stride + 1; index <= row * stride + width; index++) {
      const here = magnitude[index]!;
      if (here <= low) continue;
      const [dx, dy] = [x[index]!, y[index]!];
      const steepness = Math.abs(dy) * 2 ** SHIFT;
      const flat = Math.abs(dx) * TAN_22;
      let isMaximum: boolean;
      if (steepness < flat) {
        isMaximum = here > magnitude[index - 1]! && here >= magnitude[index + 1]!;
      } else if (steepness > flat + Math.abs(dx) * 2 ** (SHIFT + 1)) {
        isMaximum = here > magnitude[index - stride]! && here >= magnitude[index + stride]!;
      } else {
        const aside = dx < 0 !== dy < 0 ? -1 : 1;
        isMaximum = here > magnitude[index - stride - aside]! && here > magnitude[index + stride + aside]!;
      }
      if (isMaximum) map[index] = MAYBE;
    }
  }
  return map;
}

/** Turns into EDGE what is above `high`, and all that it touches, also over corners. */
function follow(map: Uint8Array, { stride, magnitude }: Gradient, high: number): void {
  const neighbors = [-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1];
  const open: number[] = [];
  const take = (index: number): void => {
    map[index] = EDGE;
    open.push(index);
  };
  for (let index = 0; index < map.length; index++) {
    if (map[index] === MAYBE && magnitude[index]! > high) take(index);
  }
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    for (const offset of neighbors) if (map[index + offset] === MAYBE) take(index + offset);
  }
}
