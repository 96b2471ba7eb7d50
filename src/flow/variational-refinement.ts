/** Smooths a flow where the pictures say little, and sharpens it where they say much: the last step of DIS flow at each level. */

import { gradients } from "./gradients.ts";
import { lookUp } from "./look-up.ts";
import type { PlaneSize } from "./pyramid.ts";

export interface RefinementOptions {
  /** How much neighboring vectors should agree. */
  readonly smoothness: number;
  /** How much the brightness should agree. */
  readonly brightness: number;
  /** How much the slopes should agree. */
  readonly slopes: number;
  /** Times the robust weights are renewed. */
  readonly rounds: number;
  /** Sweeps over the picture per round. */
  readonly sweeps: number;
}

/** Keeps normalized terms finite in flat places, levels². */
const FLAT = 0.01;
/** Keeps robust weights finite where a term is met exactly, squared. */
const EXACT = 1e-6;
/** Over-relaxation of the sweeps. */
const RELAXATION = 1.6;

/**
 * Minimizes, over a small change of `flow`, the robust sum of differences in brightness and in slopes plus the roughness of the flow; by
 * fixed-point rounds around successive over-relaxation.
 *
 * Source: T. Brox and others, High Accuracy Optical Flow Estimation Based on a Theory for Warping (2004), equations 4–7, with the
 * normalized terms that T. Kroeger and others (2016), section 2.3, use.
 *
 * @param flow `[height, width, 2]`, changed in place
 */
export function refineFlow(
  previous: Float32Array,
  next: Float32Array,
  size: PlaneSize,
  flow: Float32Array,
  options: RefinementOptions,
): void {
  const linear = linearize(previous, next, size, flow);
  const pixels = size.width * size.height;
  const change = new Float32Array(2 * pixels);
  const equations = new Float32Array(5 * pixels);
  const stiffness = new Float32Array(pixels);
  for (let round = 0; round < options.rounds; round++) {
    writeEquations(linear, change, options, equations);
    writeStiffness(flow, change, size, options.smoothness, stiffness);
    for (let sweep = 0; sweep < options.sweeps; sweep++) {
      relax(equations, stiffness, flow, size, change);
    }
  }
  for (let i = 0; i < flow.length; i++) flow[i]! += change[i]!;
}

/** First and second slopes of the mean of both pictures, and their differences, eight per pixel. */
const TERMS = 8;

function linearize(
  previous: Float32Array,
  next: Float32Array,
  size: PlaneSize,
  flow: Float32Array,
): Float32Array {
  const moved = lookUp(next, size, flow);
  const before = gradients(previous, size);
  const after = gradients(moved, size);
  const meanX = before.right.map((value, i) => (value + after.right[i]!) / 2);
  const meanY = before.down.map((value, i) => (value + after.down[i]!) / 2);
  const bendX = gradients(meanX, size);
  const bendY = gradients(meanY, size);
  const linear = new Float32Array(TERMS * previous.length);
  for (let i = 0, o = 0; i < previous.length; i++, o += TERMS) {
    linear[o] = meanX[i]!;
    linear[o + 1] = meanY[i]!;
    linear[o + 2] = moved[i]! - previous[i]!;
    linear[o + 3] = bendX.right[i]!;
    linear[o + 4] = bendX.down[i]!;
    linear[o + 5] = bendY.down[i]!;
    linear[o + 6] = after.right[i]! - before.right[i]!;
    linear[o + 7] = after.down[i]! - before.down[i]!;
  }
  return linear;
}

/** The matrix (11, 12, 22) and the right side of each pixel, under the present robust weights. */
function writeEquations(
  linear: Float32Array,
  change: Float32Array,
  { brightness, slopes }: RefinementOptions,
  equations: Float32Array,
): void {
  for (let c = 0, l = 0, o = 0; c < change.length; c += 2, l += TERMS, o += 5) {
    const du = change[c]!;
    const dv = change[c + 1]!;
    const x = linear[l]!;
    const y = linear[l + 1]!;
    const z = linear[l + 2]!;
    const xx = linear[l + 3]!;
    const xy = linear[l + 4]!;
    const yy = linear[l + 5]!;
    const xz = linear[l + 6]!;
    const yz = linear[l + 7]!;
    const flat = 1 / (x * x + y * y + FLAT);
    const rest = z + x * du + y * dv;
    const light = (brightness * flat) / Math.sqrt(rest * rest * flat + EXACT);
    const flatX = 1 / (xx * xx + xy * xy + FLAT);
    const flatY = 1 / (xy * xy + yy * yy + FLAT);
    const restX = xz + xx * du + xy * dv;
    const restY = yz + xy * du + yy * dv;
    const slope = slopes / Math.sqrt(restX * restX * flatX + restY * restY * flatY + EXACT);
    const slopeX = slope * flatX;
    const slopeY = slope * flatY;
    equations[o] = light * x * x + slopeX * xx * xx + slopeY * xy * xy + FLAT;
    equations[o + 1] = light * x * y + slopeX * xx * xy + slopeY * xy * yy;
    equations[o + 2] = light * y * y + slopeX * xy * xy + slopeY * yy * yy + FLAT;
    equations[o + 3] = -(light * x * z + slopeX * xx * xz + slopeY * xy * yz);
    equations[o + 4] = -(light * y * z + slopeX * xy * xz + slopeY * yy * yz);
  }
}

/** How firmly each pixel holds the ones to its right and below: less across a jump of the flow. */
function writeStiffness(
  flow: Float32Array,
  change: Float32Array,
  { width, height }: PlaneSize,
  smoothness: number,
  stiffness: Float32Array,
): void {
  for (let y = 0, i = 0; y < height; y++) {
    const below = y < height - 1 ? 2 * width : 0;
    for (let x = 0; x < width; x++, i++) {
      const next = x < width - 1 ? 2 : 0;
      let roughness = EXACT;
      for (let c = 2 * i; c < 2 * i + 2; c++) {
        const here = flow[c]! + change[c]!;
        roughness += (flow[c + next]! + change[c + next]! - here) ** 2;
        roughness += (flow[c + below]! + change[c + below]! - here) ** 2;
      }
      stiffness[i] = smoothness / Math.sqrt(roughness);
    }
  }
}

/** One sweep of successive over-relaxation over the change of the flow. */
function relax(
  equations: Float32Array,
  stiffness: Float32Array,
  flow: Float32Array,
  { width, height }: PlaneSize,
  change: Float32Array,
): void {
  const row = 2 * width;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const c = 2 * i;
      const right = x < width - 1 ? stiffness[i]! : 0;
      const left = x > 0 ? stiffness[i - 1]! : 0;
      const below = y < height - 1 ? stiffness[i]! : 0;
      const above = y > 0 ? stiffness[i - width]! : 0;
      const total = right + left + below + above;
      let pullX = -total * flow[c]!;
      let pullY = -total * flow[c + 1]!;
      if (right > 0) {
        pullX += right * (flow[c + 2]! + change[c + 2]!);
        pullY += right * (flow[c + 3]! + change[c + 3]!);
      }
      if (left > 0) {
        pullX += left * (flow[c - 2]! + change[c - 2]!);
        pullY += left * (flow[c - 1]! + change[c - 1]!);
      }
      if (below > 0) {
        pullX += below * (flow[c + row]! + change[c + row]!);
        pullY += below * (flow[c + row + 1]! + change[c + row + 1]!);
      }
      if (above > 0) {
        pullX += above * (flow[c - row]! + change[c - row]!);
        pullY += above * (flow[c - row + 1]! + change[c - row + 1]!);
      }
      const e = 5 * i;
      const du =
        change[c]! +
        RELAXATION *
          ((equations[e + 3]! + pullX - equations[e + 1]! * change[c + 1]!) / (equations[e]! + total) -
            change[c]!);
      change[c] = du;
      change[c + 1]! +=
        RELAXATION *
        ((equations[e + 4]! + pullY - equations[e + 1]! * du) / (equations[e + 2]! + total) - change[c + 1]!);
    }
  }
}
