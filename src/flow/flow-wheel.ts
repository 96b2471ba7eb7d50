/** A flow as a picture: the color is the direction, its strength the length. */

import type { ByteImage } from "../tensor/image.ts";
import type { PlaneSize } from "./pyramid.ts";
import { usualSpeed } from "./usual-speed.ts";

type Rgb = readonly [number, number, number];

/** From one color to the next around the wheel: how many steps, where they begin, and which of the three changes, up or down. */
const SECTORS: readonly { readonly steps: number; readonly from: Rgb; readonly to: Rgb }[] = [
  { steps: 15, from: [1, 0, 0], to: [1, 1, 0] },
  { steps: 6, from: [1, 1, 0], to: [0, 1, 0] },
  { steps: 4, from: [0, 1, 0], to: [0, 1, 1] },
  { steps: 11, from: [0, 1, 1], to: [0, 0, 1] },
  { steps: 13, from: [0, 0, 1], to: [1, 0, 1] },
  { steps: 6, from: [1, 0, 1], to: [1, 0, 0] },
];

/** The wheel's colors, `[55, 3]`, levels; the first stands for right, the others follow clockwise. */
const WHEEL = Float64Array.from(
  SECTORS.flatMap(({ steps, from, to }) =>
    Array.from({ length: steps }, (_, i) =>
      from.map((start, color) => start * 255 + Math.floor((255 * i) / steps) * (to[color]! - start)),
    ),
  ).flat(),
);
const COLORS = WHEEL.length / 3;

/**
 * The flow in the colors of Middlebury's wheel: right is red, down yellow, left blue-green, up violet; white stands still.
 *
 * Source: S. Baker and others, A Database and Evaluation Methodology for Optical Flow (2007), figure 4; levels as their program gives them.
 *
 * @param flow `[height, width, 2]`: right and down, pixels
 * @param extent pixels at which a color is full; longer ones are no stronger. Default: {@link flowExtent}
 */
export function flowWheel(
  flow: Float32Array,
  { width, height }: PlaneSize,
  extent = flowExtent(flow),
): ByteImage {
  const data = new Uint8Array(3 * width * height);
  const color = new Float64Array(3);
  for (let i = 0, o = 0; o < data.length; i += 2, o += 3) {
    writeFlowColor(flow[i]! / extent, flow[i + 1]! / extent, color);
    data[o] = color[0]!;
    data[o + 1] = color[1]!;
    data[o + 2] = color[2]!;
  }
  return { width, height, data };
}

/** Length of all vectors but outliers, pixels; at least 1, so that what stands still looks it. */
export function flowExtent(flow: Float32Array): number {
  return Math.max(1, usualSpeed(flow));
}

/**
 * The color of a vector, levels with fractions.
 *
 * @param right share of the full length, as is `down`
 * @param color the three levels are written here
 */
export function writeFlowColor(right: number, down: number, color: Float64Array): void {
  const strength = Math.min(1, Math.sqrt(right * right + down * down));
  const place = ((Math.atan2(-down, -right) / Math.PI + 1) / 2) * (COLORS - 1);
  const first = Math.floor(place);
  const second = (first + 1) % COLORS;
  const share = place - first;
  for (let k = 0; k < 3; k++) {
    const full = WHEEL[3 * first + k]! * (1 - share) + WHEEL[3 * second + k]! * share;
    color[k] = 255 - strength * (255 - full);
  }
}
