/** Where everything in view came from: the camera moves positions instead of pixels, so that nothing blurs however long the flight. */

import { copyNumbers, doublesAt, floatsAt, lendMemory, wordsAt } from "../kernels/kernels.ts";
import { fillRows } from "../kernels/share-rows.ts";
import type { CameraView } from "../motion/camera-view.ts";
import type { Size } from "../motion/camera.ts";

/**
 * A position in the world, in pixels of the first frame, at the nodes of a net over the view: at each `step`-th pixel of each `step`-th row
 * and at the last ones.
 */
export interface Trace extends Size {
  /** Pixels between two nodes. */
  readonly step: number;
  readonly columns: number;
  readonly rows: number;
  /** `[rows, columns, 2]`: column and row. */
  readonly places: Float64Array;
}

/** The view of the first frame: each pixel shows itself. */
export function startTrace({ width, height }: Size, step: number): Trace {
  const columns = Math.max(2, Math.ceil((width - 1) / step) + 1);
  const rows = Math.max(2, Math.ceil((height - 1) / step) + 1);
  const places = new Float64Array(2 * columns * rows);
  for (let i = 0; i < columns * rows; i++) {
    places[2 * i] = Math.min((i % columns) * step, width - 1);
    places[2 * i + 1] = Math.min(Math.floor(i / columns) * step, height - 1);
  }
  return { width, height, step, columns, rows, places };
}

/**
 * Makes a trace that of the view after a move.
 *
 * Inside, positions are interpolated, which keeps straight what is straight. What comes in at an edge goes on from there at its natural size,
 * one pixel of the world per pixel, turned as the edge is: the world has no end, and its scale cannot run away.
 *
 * @param view of the frame's camera
 */
export function moveTrace(trace: Trace, { kind, numbers, depth }: CameraView): void {
  const { width, rows, places } = trace;
  const sizes = [8 * places.length, 8 * numbers.length, 4 * (depth?.length ?? 0), 64];
  lendMemory(sizes, (before, camera, depths, settings) => {
    writeNet(trace, before, settings);
    doublesAt(camera, numbers.length).set(numbers);
    if (depth !== null) copyNumbers(depth, floatsAt(depths, depth.length));
    wordsAt(settings + NET_BYTES, 3).set([camera, depth === null ? 0 : depths, kind === "matrix" ? 1 : 0]);
    fillRows({ kernel: "moveNet", settings, rows, bandRows: 16, scratchBytes: 16 * width }, places);
  });
}

/** What kernels know of any net, see kernels/assembly/net.ts. */
export const NET_BYTES = 24;

/** Writes a trace for the kernels: its positions, and at `settings` its {@link NET_BYTES}. */
export function writeNet(
  { width, height, step, columns, rows, places }: Trace,
  placesAt: number,
  settings: number,
): void {
  copyNumbers(places, doublesAt(placesAt, places.length));
  wordsAt(settings, 6).set([width, height, step, columns, rows, placesAt]);
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

/**
 * Visits every mesh of the net, together every pixel once. The mesh is the same object each time, filled anew.
 *
 * @param every only one mesh in so many, of each row and column of them
 */
export function visitMeshes(
  { width, height, step, columns, rows, places }: Trace,
  visit: (mesh: Mesh) => void,
  every = 1,
): void {
  const mesh = {} as Mesh;
  for (let row = 0; row < rows - 1; row += every) {
    mesh.top = row * step;
    mesh.bottom = row === rows - 2 ? height : mesh.top + step;
    const perRow = 1 / (Math.min(step, height - 1 - mesh.top) || 1);
    for (let column = 0; column < columns - 1; column += every) {
      mesh.left = column * step;
      mesh.right = column === columns - 2 ? width : mesh.left + step;
      const perColumn = 1 / (Math.min(step, width - 1 - mesh.left) || 1);
      const a = 2 * (row * columns + column);
      const c = a + 2 * columns;
      mesh.x = places[a]!;
      mesh.y = places[a + 1]!;
      mesh.rightX = (places[a + 2]! - mesh.x) * perColumn;
      mesh.rightY = (places[a + 3]! - mesh.y) * perColumn;
      mesh.downX = (places[c]! - mesh.x) * perRow;
      mesh.downY = (places[c + 1]! - mesh.y) * perRow;
      mesh.twistX = ((places[c + 2]! - places[c]!) * perColumn - mesh.rightX) * perRow;
      mesh.twistY = ((places[c + 3]! - places[c + 1]!) * perColumn - mesh.rightY) * perRow;
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

/** Pixels between two meshes that are looked at for wear; neighbors are worn alike. */
const SPACING = 8;

/**
 * The share of the view, 0–1, that is stretched beyond recognition: more than three times as far in one direction as in the other, or
 * enlarged more than `largest` times.
 */
export function wornShare(trace: Trace, largest: number): number {
  let [worn, all] = [0, 0];
  const look = ({ rightX, rightY, downX, downY }: Mesh): void => {
    const area = Math.abs(rightX * downY - rightY * downX);
    const squares = rightX * rightX + rightY * rightY + downX * downX + downY * downY;
    all++;
    // With stretches a and b the squares sum to a² + b² and the area is a·b: their quotient is a/b + b/a.
    if (squares > (3 + 1 / 3) * area || area * largest * largest < 1) worn++;
  };
  visitMeshes(trace, look, Math.ceil(SPACING / trace.step));
  return worn / all;
}
