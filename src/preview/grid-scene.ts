/** The built-in world: an endless wall of tiles, in 3D with depth behind a lattice of floating dots. */

import type { CameraMotion, Size } from "../motion/camera.ts";
import type { WarpOptions } from "../motion/warp.ts";
import type { ByteImage } from "../tensor/image.ts";
import { cameraMoves } from "./camera-moves.ts";
import type { WearingScene } from "./scene.ts";
import { type Mesh, moveTrace, octaveOf, startTrace, type Trace, visitMeshes, wornShare } from "./trace.ts";

/**
 * @param distances of the dots and of the wall behind them, as in `motion.depth`; null = no depth: the wall alone, at distance 1
 */
export function gridScene(
  size: Size,
  camera: WarpOptions,
  distances: { readonly near: number; readonly far: number } | null,
): WearingScene {
  const wall = startTrace(size, STEP);
  const dots = distances && startTrace(size, STEP);
  const depthAt = (distance: number) => new Float32Array(size.width * size.height).fill(distance);
  const wallDepth = distances && depthAt(distances.far);
  const dotsDepth = distances && depthAt(distances.near);
  const unit = Math.min(size.width, size.height) / 512;
  const follow = (trace: Trace, motion: CameraMotion, depth: Float32Array | null): void => {
    for (const view of cameraMoves(size, motion, camera, depth)) moveTrace(trace, view);
  };
  return {
    move(motion) {
      follow(wall, motion, wallDepth);
      if (dots) follow(dots, motion, dotsDepth);
    },
    draw() {
      const data = new Uint8Array(3 * size.width * size.height);
      drawTiles(wall, data, TILE * unit);
      if (dots) drawDots(dots, data, LATTICE * unit, DOT * unit);
      return { ...size, data } satisfies ByteImage;
    },
    isWorn: () => [wall, dots].some((trace) => trace !== null && wornShare(trace, Infinity) > 0.2),
  };
}

/** Pixels between two nodes of the traces: a plane bends little over so few. */
const STEP = 8;

/** Pixels, in a picture of 512. */
const TILE = 48;
const LATTICE = 150;
const DOT = 9;

type Rgb = readonly [number, number, number];

/** Dark tiles; one in seven is bright enough for the eye to follow. */
const TILES: readonly Rgb[] = [
  [30, 36, 51],
  [35, 43, 61],
  [27, 32, 46],
  [41, 50, 71],
  [33, 40, 57],
  [38, 47, 66],
  [30, 38, 56],
  [35, 41, 58],
  [27, 35, 50],
  [40, 47, 66],
  [33, 38, 54],
  [214, 102, 76],
  [66, 142, 141],
];
const LINE: Rgb = [136, 152, 187];
const DOT_COLOR: Rgb = [255, 205, 96];
const DOT_RIM: Rgb = [20, 22, 30];

/**
 * Tiles of the size that suits the scale at each place: every octave of the zoom the lines of half the size have faded in and the tiles have
 * been divided. So there is something to see at any scale, and no moment at which it jumps.
 */
function drawTiles(trace: Trace, data: Uint8Array, tile: number): void {
  visitMeshes(trace, (mesh) => {
    const { whole, part } = octaveOf(mesh);
    const scale = 1 / (tile * 2 ** whole);
    // How far a line reaches, in tiles: 1.1 pixels.
    const reachX = Math.sqrt(mesh.rightX ** 2 + mesh.downX ** 2) * scale || 1e-12;
    const reachY = Math.sqrt(mesh.rightY ** 2 + mesh.downY ** 2) * scale || 1e-12;
    const sharpX = 1 / reachX;
    const sharpY = 1 / reachY;
    // A line is as bright as the coarsest grid that it belongs to.
    const faint = 0.35 * (1 - part);
    const middle = 0.35 + 0.3 * (1 - part);
    let [lastX, lastY] = [Number.NaN, Number.NaN];
    let [red, green, blue] = [0, 0, 0];
    for (let row = mesh.top; row < mesh.bottom; row++) {
      const down = row - mesh.top;
      let u = (mesh.x + down * mesh.downX) * scale;
      let v = (mesh.y + down * mesh.downY) * scale;
      const stepU = (mesh.rightX + down * mesh.twistX) * scale;
      const stepV = (mesh.rightY + down * mesh.twistY) * scale;
      for (
        let o = 3 * (row * trace.width + mesh.left), end = o + 3 * (mesh.right - mesh.left);
        o < end;
        o += 3
      ) {
        const tileX = Math.floor(u * 0.5);
        const tileY = Math.floor(v * 0.5);
        if (tileX !== lastX || tileY !== lastY) {
          const fine = TILES[hashOf(tileX, tileY)]!;
          const coarse = TILES[hashOf(Math.floor(tileX * 0.5), Math.floor(tileY * 0.5))]!;
          red = fine[0] + (coarse[0] - fine[0]) * part;
          green = fine[1] + (coarse[1] - fine[1]) * part;
          blue = fine[2] + (coarse[2] - fine[2]) * part;
          lastX = tileX;
          lastY = tileY;
        }
        const line = Math.max(lineAt(u, sharpX, faint, middle), lineAt(v, sharpY, faint, middle));
        data[o] = red + (LINE[0] - red) * line + 0.5;
        data[o + 1] = green + (LINE[1] - green) * line + 0.5;
        data[o + 2] = blue + (LINE[2] - blue) * line + 0.5;
        u += stepU;
        v += stepV;
      }
    }
  });
}

/** How bright the line next to `place` is there; lines stand at whole numbers. */
function lineAt(place: number, sharp: number, faint: number, middle: number): number {
  const nearest = Math.floor(place + 0.5);
  const coverage = 1.1 - Math.abs(place - nearest) * sharp;
  if (coverage <= 0) return 0;
  const brightness = nearest % 2 !== 0 ? faint : nearest % 4 !== 0 ? middle : 0.65;
  return coverage > 1 ? brightness : coverage * brightness;
}

/** A number of the palette for a tile. */
function hashOf(column: number, row: number): number {
  let hash = Math.imul(column, 0x27d4eb2d) ^ Math.imul(row, 0x165667b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash ^= hash >>> 13;
  return (hash >>> 0) % TILES.length;
}

/** Dots on a lattice that thins out and fills up with the scale, as the tiles do. */
function drawDots(trace: Trace, data: Uint8Array, lattice: number, radius: number): void {
  visitMeshes(trace, (mesh) => {
    const { whole, part } = octaveOf(mesh);
    const spacing = lattice * 2 ** whole;
    const perPixel = 2 ** (whole + part);
    // Dots that the next octave does not have shrink away.
    const small = radius * (1 - part);
    if (isEmpty(mesh, spacing, (radius + 1) * perPixel)) return;
    for (let row = mesh.top; row < mesh.bottom; row++) {
      const down = row - mesh.top;
      for (let column = mesh.left; column < mesh.right; column++) {
        const right = column - mesh.left;
        const u = mesh.x + down * mesh.downX + right * (mesh.rightX + down * mesh.twistX);
        const v = mesh.y + down * mesh.downY + right * (mesh.rightY + down * mesh.twistY);
        const nodeU = Math.floor(u / spacing + 0.5);
        const nodeV = Math.floor(v / spacing + 0.5);
        const lasts = nodeU % 2 === 0 && nodeV % 2 === 0;
        const size = lasts ? radius : small;
        const distance = Math.sqrt((u - nodeU * spacing) ** 2 + (v - nodeV * spacing) ** 2) / perPixel;
        const cover = Math.min(1, size + 0.5 - distance);
        if (cover <= 0 || size < 0.5) continue;
        const inner = Math.max(0, Math.min(1, 0.72 * size + 0.5 - distance));
        const o = 3 * (row * trace.width + column);
        for (let k = 0; k < 3; k++) {
          const color = DOT_RIM[k]! + (DOT_COLOR[k]! - DOT_RIM[k]!) * inner;
          data[o + k] = data[o + k]! + (color - data[o + k]!) * cover + 0.5;
        }
      }
    }
  });
}

/** Whether no dot comes near the mesh: most of the picture is quickly done. */
function isEmpty(mesh: Mesh, spacing: number, reach: number): boolean {
  const across = mesh.right - mesh.left;
  const along = mesh.bottom - mesh.top;
  const spanX = Math.abs(mesh.rightX) * across + Math.abs(mesh.downX) * along;
  const spanY = Math.abs(mesh.rightY) * across + Math.abs(mesh.downY) * along;
  const middleX = mesh.x + (mesh.rightX * across + mesh.downX * along) / 2;
  const middleY = mesh.y + (mesh.rightY * across + mesh.downY * along) / 2;
  const offX = Math.abs(middleX / spacing - Math.floor(middleX / spacing + 0.5)) * spacing;
  const offY = Math.abs(middleY / spacing - Math.floor(middleY / spacing + 0.5)) * spacing;
  return offX > spanX + reach || offY > spanY + reach;
}
