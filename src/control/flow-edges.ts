/** The outlines of what moves, drawn from the optical flow between two successive pictures. */

import { farnebackFlow } from "../flow/farneback.ts";
import { grayPlane } from "../flow/gray-plane.ts";
import { usualSpeed } from "../flow/usual-speed.ts";
import type { ByteImage } from "../tensor/image.ts";
import { type CannyOptions, findEdges } from "./canny.ts";

/** Small windows: a window of w pixels smears a border of movement over as many. */
const FLOW = { window: 7, iterations: 5, polynomialRadius: 5, polynomialSigma: 1.1 } as const;
/** Pixels; slower pictures are not amplified further, or noise would be all there is. */
const LEAST_SPEED = 1;
/** Pixels at the sides whose flow is that of the nearest one inside: where the picture ends there is nothing to compare with. */
const MARGIN = 4;
const STILL = 128;
const RANGE = 127;

/**
 * Edges of the movement: where what moves one way borders on what moves another way or stands still. Lines within a thing that moves as a
 * whole are not drawn.
 *
 * The flow (Farnebäck) from `after` back to `before` becomes a picture, right and down as red and green in gray levels around 128, the
 * fastest movement at the full range; of that the edges are taken as by {@link findEdges}. Taken backwards, so that they lie where things
 * are in `after`.
 *
 * @param options thresholds and blur of the edges in that picture
 * @returns white edges on black; black where nothing moves against anything else
 */
export function findFlowEdges(before: ByteImage, after: ByteImage, options: CannyOptions): ByteImage {
  const { width, height } = after;
  const flow = farnebackFlow(grayPlane(after), grayPlane(before), width, height, FLOW);
  repeatInner(flow, width, height);
  const scale = RANGE / Math.max(LEAST_SPEED, usualSpeed(flow));
  const data = new Uint8ClampedArray(3 * width * height).fill(STILL);
  for (let pixel = 0; pixel < width * height; pixel++) {
    data[3 * pixel] = STILL + scale * flow[2 * pixel]!;
    data[3 * pixel + 1] = STILL + scale * flow[2 * pixel + 1]!;
  }
  return findEdges({ width, height, data: new Uint8Array(data.buffer) }, options);
}

/** Overwrites the flow within {@link MARGIN} of the sides, in place. */
function repeatInner(flow: Float32Array, width: number, height: number): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 2 * (inside(y, height) * width + inside(x, width));
      const to = 2 * (y * width + x);
      // Pixels inside stand for themselves, so the order of writing does not matter.
      flow[to] = flow[from]!;
      flow[to + 1] = flow[from + 1]!;
    }
  }
}

function inside(at: number, size: number): number {
  return Math.max(Math.min(at, size - 1 - MARGIN), Math.min(MARGIN, size - 1));
}
