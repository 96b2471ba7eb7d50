/** Where everything in view came from: the camera moves positions instead of pixels, so that nothing blurs however long the flight. */

import type { Size } from "../motion/camera.ts";
import type { LocateRow } from "../motion/sampling.ts";

/**
 * A position in the world, in pixels of the first frame, at the nodes of a net over the view: at each `step`-th pixel of each `step`-th row
 * and at the last ones.
 */
export interface Trace extends Size {
  /** Pixels between two nodes. */
  readonly step: number;
  readonly columns: number;
  readonly rows: number;
  /** `rows * columns`. */
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** The view of the first frame: each pixel shows itself. */
export function startTrace(size: Size, step: number): Trace {
  const trace = emptyTrace(size, step);
  for (let i = 0; i < trace.x.length; i++) {
    trace.x[i] = Math.min((i % trace.columns) * step, size.width - 1);
    trace.y[i] = Math.min(Math.floor(i / trace.columns) * step, size.height - 1);
  }
  return trace;
}

function emptyTrace({ width, height }: Size, step: number): Trace {
  const columns = Math.max(2, Math.ceil((width - 1) / step) + 1);
  const rows = Math.max(2, Math.ceil((height - 1) / step) + 1);
  const nodes = columns * rows;
  return { width, height, step, columns, rows, x: new Float64Array(nodes), y: new Float64Array(nodes) };
}

/**
 * The view after a move.
 *
 * Inside, positions are interpolated, which keeps straight what is straight. What comes in at an edge goes on from there at its natural size,
 * one pixel of the world per pixel, turned as the edge is: the world has no end, and its scale cannot run away.
 *
 * @param locate of the frame's camera: where each pixel comes from
 */
export function moveTrace(trace: Trace, locate: LocateRow): Trace {
  const { width, height, step, columns, rows } = trace;
  const moved = emptyTrace(trace, step);
  const positions = new Float64Array(2 * width);
  for (let row = 0, i = 0; row < rows; row++) {
    locate(Math.min(row * step, height - 1), positions);
    for (let column = 0; column < columns; column++, i++) {
      const p = 2 * Math.min(column * step, width - 1);
      lookUp(trace, finite(positions[p]!), finite(positions[p + 1]!), moved, i);
    }
  }
  return moved;
}

/** Writes what `trace` has at pixel position (x, y), inside the view or not, to node `i` of `target`. */
function lookUp(trace: Trace, x: number, y: number, target: Trace, i: number): void {
  const { width, height, step, columns, rows } = trace;
  const insideX = x < 0 ? 0 : x > width - 1 ? width - 1 : x;
  const insideY = y < 0 ? 0 : y > height - 1 ? height - 1 : y;
  const column = Math.min(columns - 2, Math.floor(insideX / step));
  const row = Math.min(rows - 2, Math.floor(insideY / step));
  const meshWidth = Math.min(step, width - 1 - column * step) || 1;
  const meshHeight = Math.min(step, height - 1 - row * step) || 1;
  const tx = (insideX - column * step) / meshWidth;
  const ty = (insideY - row * step) / meshHeight;
  const a = row * columns + column;
  const c = a + columns;
  const wa = (1 - tx) * (1 - ty);
  const wb = tx * (1 - ty);
  const wc = (1 - tx) * ty;
  const wd = tx * ty;
  const sourceX = trace.x;
  const sourceY = trace.y;
  target.x[i] = wa * sourceX[a]! + wb * sourceX[a + 1]! + wc * sourceX[c]! + wd * sourceX[c + 1]!;
  target.y[i] = wa * sourceY[a]! + wb * sourceY[a + 1]! + wc * sourceY[c]! + wd * sourceY[c + 1]!;
  if (x === insideX && y === insideY) return;
  // The turn nearest to what the edge does: the rotation in its matrix [right | down], by diagonal and skew.
  const rightX = (sourceX[a + 1]! - sourceX[a]!) / meshWidth;
  const rightY = (sourceY[a + 1]! - sourceY[a]!) / meshWidth;
  const downX = (sourceX[c]! - sourceX[a]!) / meshHeight;
  const downY = (sourceY[c]! - sourceY[a]!) / meshHeight;
  const length = Math.sqrt((rightX + downY) ** 2 + (rightY - downX) ** 2);
  const cos = length > 0 ? (rightX + downY) / length : 1;
  const sin = length > 0 ? (rightY - downX) / length : 0;
  target.x[i] += cos * (x - insideX) - sin * (y - insideY);
  target.y[i] += sin * (x - insideX) + cos * (y - insideY);
}

/** Farther than this outside the view nothing can be told apart; keeps positions finite on the horizon of a tilted plane. */
const FAR = 1e5;

function finite(position: number): number {
  return position > FAR ? FAR : position > -FAR ? position : Number.isNaN(position) ? 0 : -FAR;
}

/** A mesh of the net: the pixels from (left, top) up to, not including, (right, bottom), and the positions along them. */
export interface Mesh {
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** World position of the pixel (left, top), what a pixel to the right adds to it, what a pixel down adds, and what both together add. */
  x: number;
  y: number;
  rightX: number;
  rightY: number;
  downX: number;
  downY: number;
  twistX: number;
  twistY: number;
}

/** Visits every mesh of the net, together every pixel once. The mesh is the same object each time, filled anew. */
export function visitMeshes(
  { width, height, step, columns, rows, x, y }: Trace,
  visit: (mesh: Mesh) => void,
): void {
  const mesh = {} as Mesh;
  for (let row = 0; row < rows - 1; row++) {
    mesh.top = row * step;
    mesh.bottom = row === rows - 2 ? height : mesh.top + step;
    const perRow = 1 / (Math.min(step, height - 1 - mesh.top) || 1);
    for (let column = 0; column < columns - 1; column++) {
      mesh.left = column * step;
      mesh.right = column === columns - 2 ? width : mesh.left + step;
      const perColumn = 1 / (Math.min(step, width - 1 - mesh.left) || 1);
      const a = row * columns + column;
      const c = a + columns;
      mesh.x = x[a]!;
      mesh.y = y[a]!;
      mesh.rightX = (x[a + 1]! - x[a]!) * perColumn;
      mesh.rightY = (y[a + 1]! - y[a]!) * perColumn;
      mesh.downX = (x[c]! - x[a]!) * perRow;
      mesh.downY = (y[c]! - y[a]!) * perRow;
      mesh.twistX = (x[c + 1]! - x[c]! - x[a + 1]! + x[a]!) * perColumn * perRow;
      mesh.twistY = (y[c + 1]! - y[c]! - y[a + 1]! + y[a]!) * perColumn * perRow;
      visit(mesh);
    }
  }
}

/** World pixels per pixel of the view in this mesh, as the exponent of 2: the whole part, and the rest from 0 to 1. */
export function octaveOf({ rightX, rightY, downX, downY }: Mesh): {
  readonly whole: number;
  readonly part: number;
} {
  const area = Math.abs(rightX * downY - rightY * downX);
  const octave = Math.max(-40, Math.min(40, 0.5 * Math.log2(area || 1e-24)));
  const whole = Math.floor(octave);
  return { whole, part: octave - whole };
}

/**
 * The share of the view, 0–1, that is stretched beyond recognition: more than three times as far in one direction as in the other, or
 * enlarged more than `largest` times.
 */
export function wornShare(trace: Trace, largest: number): number {
  let [worn, all] = [0, 0];
  visitMeshes(trace, ({ rightX, rightY, downX, downY }) => {
    const area = Math.abs(rightX * downY - rightY * downX);
    const squares = rightX * rightX + rightY * rightY + downX * downX + downY * downY;
    all++;
    // With stretches a and b the squares sum to a² + b² and the area is a·b: their quotient is a/b + b/a.
    if (squares > (3 + 1 / 3) * area || area * largest * largest < 1) worn++;
  });
  return worn / all;
}
