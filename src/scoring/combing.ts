/** Interlaced combing: two moments in the odd and the even lines of one picture. */
import type { ByteImage } from "../tensor/image.ts";
import { toLuma, type LumaPlane } from "./luma.ts";

/** Luma levels by which each of four neighboring lines has to jump back and forth for its pixel to be combed. Own. */
const LEAST_JUMP = 8;
/** How many steps have to alternate: a line of one pixel makes two, noise three now and then. Own. */
const LONG_RUN = 4;
/** Pixels of the side of a tile. */
const TILE = 32;

/**
 * Share of combed pixels in the tile that has most of them, 0–1. A pixel is combed when the next four steps down from it alternate in sign, each of
 * 8 levels and more. The same is counted across and taken off: noise and fine texture alternate both ways, fields only from line to line.
 *
 * Look at the full size: shrinking a picture blends its lines.
 */
export function measureCombing(image: ByteImage): number {
  const tiles = countCombed(toLuma(image));
  let most = 0;
  for (const number of tiles) most = Math.max(most, number);
  return most / TILE ** 2;
}

/** Combed pixels less those that alternate across, of each tile. */
function countCombed({ width, height, values }: LumaPlane): Int32Array {
  const columns = Math.ceil(width / TILE);
  const tiles = new Int32Array(columns * Math.ceil(height / TILE));
  /** Of each column, how many steps have alternated, and the last one. */
  const runs = new Uint8Array(width);
  const steps = new Float32Array(width);
  for (let y = 0; y < height - 1; y++) {
    let run = 0;
    let step = 0;
    for (let x = 0, i = y * width; x < width - 1; x++, i++) {
      const down = values[i + width]! - values[i]!;
      if (Math.abs(down) < LEAST_JUMP) runs[x] = 0;
      else runs[x] = down * steps[x]! < 0 ? Math.min(LONG_RUN, runs[x]! + 1) : 1;
      steps[x] = down;
      const across = values[i + 1]! - values[i]!;
      if (Math.abs(across) < LEAST_JUMP) run = 0;
      else run = across * step < 0 ? Math.min(LONG_RUN, run + 1) : 1;
      step = across;
      const change = (runs[x] === LONG_RUN ? 1 : 0) - (run === LONG_RUN ? 1 : 0);
      if (change !== 0) tiles[Math.floor(y / TILE) * columns + Math.floor(x / TILE)]! += change;
    }
  }
  return tiles;
}
