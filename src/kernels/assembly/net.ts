/** A net of positions over a view, moved by a camera. What it is for: ../../preview/trace.ts. */

import { locateRow } from "./locate";
import { countWithin, offsetOf } from "./places";
import { REFLECTION, tapOf } from "./taps";

/** Written by ../../preview/trace.ts. */
@unmanaged
export class Net {
  width: i32;
  height: i32;
  /** Pixels between two nodes. */
  step: i32;
  columns: i32;
  rows: i32;
  /** `[rows, columns, 2]` doubles. */
  places: usize;
}

/** Written by ../../preview/trace.ts. */
@unmanaged
export class NetMove extends Net {
  /** Numbers of a camera or a matrix, see ./locate.ts. */
  camera: usize;
  /** `[height, width]` floats; 0 = a plane at depth 1. */
  depth: usize;
  /** Whether the camera is a matrix. */
  isMatrix: i32;
}

/** Farther than this outside the view nothing can be told apart; keeps positions finite on the horizon of a tilted plane. */
const FAR: f64 = 1e5;

/**
 * Rows of nodes after a move.
 *
 * @param output `[last − first, columns, 2]` doubles
 * @param scratch 16 · width bytes
 */
export function moveNet(net: NetMove, first: i32, last: i32, output: usize, scratch: usize): void {
  const width = net.width;
  const farthest = net.height - 1;
  for (let node = first; node < last; node++) {
    const row = min(node * net.step, farthest);
    locateRow(net.isMatrix != 0, net.camera, net.depth, row, scratch, width);
    if (net.step == 1) moveNodes(net, scratch, output);
    else {
      for (let column = 0; column < net.columns; column++) {
        const position = v128.load(scratch + 16 * min(column * net.step, width - 1));
        v128.store(output + 16 * column, placeAt(net, position));
      }
    }
    output += 16 * net.columns;
  }
}

/** A row of nodes, one for each of `positions`. */
function moveNodes(net: Net, positions: usize, output: usize): void {
  const first = f64x2.splat(0);
  const last = f64x2(<f64>(net.width - 1), <f64>(net.height - 1));
  let left = net.columns;
  while (left > 0) {
    const inside = countWithin(positions, left, first, last);
    if (inside > 0) moveInside(net.places, net.columns, positions, inside, output);
    positions += 16 * inside;
    output += 16 * inside;
    left -= inside;
    if (left == 0) return;
    v128.store(output, placeAt(net, v128.load(positions)));
    positions += 16;
    output += 16;
    left--;
  }
}

/** Nodes at positions inside of a view with a node at each pixel. */
function moveInside(places: usize, columns: i32, positions: usize, count: i32, output: usize): void {
  const stride: usize = <usize>columns << 4;
  const steps = f64x2(16, <f64>stride);
  const end = positions + 16 * count;
  do {
    const position = v128.load(positions);
    const corner = f64x2.floor(position);
    const share = f64x2.sub(position, corner);
    const above = places + offsetOf(corner, steps);
    const a = v128.load(above);
    const c = v128.load(above + stride);
    const across = v128.shuffle<f64>(share, share, 0, 0);
    const upper = f64x2.add(a, f64x2.mul(across, f64x2.sub(v128.load(above, 16), a)));
    const lower = f64x2.add(c, f64x2.mul(across, f64x2.sub(v128.load(above + stride, 16), c)));
    const along = v128.shuffle<f64>(share, share, 1, 1);
    v128.store(output, f64x2.add(upper, f64x2.mul(along, f64x2.sub(lower, upper))));
    positions += 16;
    output += 16;
  } while (positions < end);
}

/** Rows of what stands in `net.depth` at the pixel nearest to each node; beyond its edges it goes on as its own mirror image. Output: floats. */
export function lookUpNet(net: NetMove, first: i32, last: i32, output: usize): void {
  const half = f64x2.splat(0.5);
  for (let row = first; row < last; row++) {
    let node = net.places + 16 * net.columns * row;
    for (let left = net.columns; left > 0; left--, node += 16, output += 4) {
      const nearest = f64x2.floor(f64x2.add(v128.load(node), half));
      const x = tapOf(REFLECTION, <i32>f64x2.extract_lane(nearest, 0), net.width);
      const y = tapOf(REFLECTION, <i32>f64x2.extract_lane(nearest, 1), net.height);
      store<f32>(output, load<f32>(net.depth + 4 * (y * net.width + x)));
    }
  }
}

/** What the net has at a position of the view; outside of it the world goes on from the nearest mesh. */
// @ts-ignore: decorator
@inline
function placeAt(net: Net, position: v128): v128 {
  const isNumber = f64x2.eq(position, position);
  const finite = f64x2.pmin(
    f64x2.splat(FAR),
    f64x2.pmax(f64x2.splat(-FAR), v128.and(position, isNumber)),
  );
  const last = f64x2(<f64>(net.width - 1), <f64>(net.height - 1));
  const inside = f64x2.pmin(last, f64x2.pmax(f64x2.splat(0), finite));
  const step = f64x2.splat(<f64>net.step);
  const lastMesh = f64x2(<f64>(net.columns - 2), <f64>(net.rows - 2));
  const mesh = f64x2.pmin(lastMesh, f64x2.floor(f64x2.div(inside, step)));
  const corner = f64x2.mul(mesh, step);
  // The last mesh may be narrower; a view of one pixel has one of no width.
  const size = f64x2.pmax(f64x2.splat(1), f64x2.pmin(step, f64x2.sub(last, corner)));
  const share = f64x2.div(f64x2.sub(inside, corner), size);
  const stride: usize = <usize>net.columns << 4;
  const above = net.places + offsetOf(mesh, f64x2(16, <f64>stride));
  const a = v128.load(above);
  const right = f64x2.sub(v128.load(above, 16), a);
  const c = v128.load(above + stride);
  const below = f64x2.sub(v128.load(above + stride, 16), c);
  const down = f64x2.sub(c, a);
  const across = v128.shuffle<f64>(share, share, 0, 0);
  const along = v128.shuffle<f64>(share, share, 1, 1);
  const twist = f64x2.mul(along, f64x2.sub(below, right));
  const place = f64x2.add(
    f64x2.add(a, f64x2.mul(along, down)),
    f64x2.mul(across, f64x2.add(right, twist)),
  );
  if (!v128.any_true(f64x2.ne(finite, inside))) return place;
  return goOn(place, f64x2.sub(finite, inside), f64x2.div(right, first(size)), f64x2.div(down, second(size)));
}

/** A place `beyond` the edge: the world at its natural size, turned as the mesh is. */
function goOn(place: v128, beyond: v128, right: v128, down: v128): v128 {
  // The turn nearest to what the edge does: the rotation in its matrix [right | down], by diagonal and skew.
  const diagonal = f64x2.extract_lane(right, 0) + f64x2.extract_lane(down, 1);
  const skew = f64x2.extract_lane(right, 1) - f64x2.extract_lane(down, 0);
  const length = Math.sqrt(diagonal * diagonal + skew * skew);
  const cos = length > 0 ? diagonal / length : 1;
  const sin = length > 0 ? skew / length : 0;
  const x = f64x2.mul(f64x2(cos, sin), first(beyond));
  const y = f64x2.mul(f64x2(-sin, cos), second(beyond));
  return f64x2.add(place, f64x2.add(x, y));
}

// @ts-ignore: decorator
@inline
function first(pair: v128): v128 {
  return v128.shuffle<f64>(pair, pair, 0, 0);
}

// @ts-ignore: decorator
@inline
function second(pair: v128): v128 {
  return v128.shuffle<f64>(pair, pair, 1, 1);
}
