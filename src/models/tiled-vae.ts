/**
 * A VAE that works on overlapping tiles, for pictures whose activations would not fit into memory: `tiled_encode` and `tiled_decode` of
 * diffusers' AutoencoderKL. Each tile is normalized on its own, so tones can differ a little from tile to tile; the overlaps are blended.
 */

import { zeros, type Tensor } from "../tensor/tensor.ts";
import type { RunningVae } from "./open-vae.ts";

/** Share of a tile that it has in common with its neighbor (diffusers' `tile_overlap_factor`). */
const OVERLAP = 0.25;
/** The size that VAEs of SD 1.x were trained for, and diffusers' default for them. */
const TILE_PIXELS = 512;
/** `auto` leaves pictures up to one megapixel whole: 1024×1024 needs about 5 GB. */
const AUTO_PIXELS = 1024 * 1024;

export type VaeTiling = "off" | "auto" | "on";

/** Whether pictures of this size are worked on in tiles. */
export function usesTiles(
  tiling: VaeTiling,
  width: number,
  height: number,
  tilePixels = TILE_PIXELS,
): boolean {
  const isLarger = Math.max(width, height) > tilePixels;
  return isLarger && (tiling === "on" || (tiling === "auto" && width * height > AUTO_PIXELS));
}

export interface TilingOptions {
  readonly tiling: VaeTiling;
  /** Pixels per latent cell and side. */
  readonly factor: number;
  /** Side of a tile in pixels, a multiple of four times the factor; default 512. */
  readonly tilePixels?: number;
}

/** The same VAE; pictures that ask for it are encoded and decoded in tiles. */
export function tiledVae(
  vae: RunningVae,
  { tiling, factor, tilePixels = TILE_PIXELS }: TilingOptions,
): RunningVae {
  if (tiling === "off") return vae;
  const tileLatents = tilePixels / factor;
  return {
    async encodeImage(image) {
      const [, , height = 0, width = 0] = image.dims;
      if (!usesTiles(tiling, width, height, tilePixels)) return await vae.encodeImage(image);
      const tiles = cutTiles(image, tilePixels);
      const means = new Map<Tile, Tensor>();
      const logvars = new Map<Tile, Tensor>();
      for (const tile of bySize(tiles.flat())) {
        const { mean, logvar } = await vae.encodeImage(tile.content);
        means.set(tile, mean);
        logvars.set(tile, logvar);
      }
      return { mean: joinTiles(tiles, means, tileLatents), logvar: joinTiles(tiles, logvars, tileLatents) };
    },
    async decodeLatents(latents) {
      const [, , height = 0, width = 0] = latents.dims;
      if (!usesTiles(tiling, width * factor, height * factor, tilePixels))
        return await vae.decodeLatents(latents);
      const tiles = cutTiles(latents, tileLatents);
      const decoded = new Map<Tile, Tensor>();
      for (const tile of bySize(tiles.flat())) decoded.set(tile, await vae.decodeLatents(tile.content));
      return joinTiles(tiles, decoded, tilePixels);
    },
    release: vae.release,
  };
}

interface Tile {
  /** `[batch, channels, height, width]`, smaller at the right and lower edges. */
  readonly content: Tensor;
}

/** Rows of tiles; each begins three quarters of a tile after the one before. */
function cutTiles(source: Tensor, side: number): Tile[][] {
  const [, , height = 0, width = 0] = source.dims;
  const step = Math.floor(side * (1 - OVERLAP));
  const starts = (length: number) => Array.from({ length: Math.ceil(length / step) }, (_, i) => i * step);
  return starts(height).map((top) =>
    starts(width).map((left) => ({
      content: crop(source, top, left, Math.min(side, height - top), Math.min(side, width - left)),
    })),
  );
}

/** Tiles of one size after the other: a network is loaded per size. */
function bySize(tiles: readonly Tile[]): Tile[] {
  const size = ({ content: { dims } }: Tile) => dims[2]! * 1e6 + dims[3]!;
  return tiles.toSorted((a, b) => size(b) - size(a));
}

/** Blends each tile into its neighbors above and on the left, and puts together what is not overlapped by the next ones. */
function joinTiles(tiles: readonly Tile[][], results: ReadonlyMap<Tile, Tensor>, side: number): Tensor {
  const extent = Math.floor(side * OVERLAP);
  const limit = side - extent;
  const rows = tiles.map((row) => row.map((tile) => results.get(tile)!));
  const kept = (length: number) => Math.min(length, limit);
  const height = rows.reduce((sum, [first]) => sum + kept(first!.dims[2]!), 0);
  const width = rows[0]!.reduce((sum, { dims }) => sum + kept(dims[3]!), 0);
  const [batch = 0, channels = 0] = rows[0]![0]!.dims;
  const whole = zeros([batch, channels, height, width]);
  let top = 0;
  rows.forEach((row, i) => {
    let left = 0;
    row.forEach((tile, j) => {
      if (i > 0) blendDown(rows[i - 1]![j]!, tile, extent);
      if (j > 0) blendRight(row[j - 1]!, tile, extent);
      paste(tile, whole, top, left, kept(tile.dims[2]!), kept(tile.dims[3]!));
      left += kept(tile.dims[3]!);
    });
    top += kept(row[0]!.dims[2]!);
  });
  return whole;
}

/** Fades from the last rows of `above` into the first rows of `tile`, in place. */
function blendDown(above: Tensor, tile: Tensor, wanted: number): void {
  const [batch = 0, channels = 0, height = 0, width = 0] = tile.dims;
  const aboveHeight = above.dims[2]!;
  const extent = Math.min(aboveHeight, height, wanted);
  for (let plane = 0; plane < batch * channels; plane++) {
    for (let y = 0; y < extent; y++) {
      const share = y / extent;
      const from = (plane * aboveHeight + aboveHeight - extent + y) * width;
      const to = (plane * height + y) * width;
      for (let x = 0; x < width; x++)
        tile.data[to + x] = above.data[from + x]! * (1 - share) + tile.data[to + x]! * share;
    }
  }
}

/** Fades from the last columns of `before` into the first columns of `tile`, in place. */
function blendRight(before: Tensor, tile: Tensor, wanted: number): void {
  const [batch = 0, channels = 0, height = 0, width = 0] = tile.dims;
  const beforeWidth = before.dims[3]!;
  const extent = Math.min(beforeWidth, width, wanted);
  for (let line = 0; line < batch * channels * height; line++) {
    const from = line * beforeWidth + beforeWidth - extent;
    const to = line * width;
    for (let x = 0; x < extent; x++) {
      const share = x / extent;
      tile.data[to + x] = before.data[from + x]! * (1 - share) + tile.data[to + x]! * share;
    }
  }
}

function crop(source: Tensor, top: number, left: number, height: number, width: number): Tensor {
  const [batch = 0, channels = 0] = source.dims;
  const part = zeros([batch, channels, height, width]);
  copyPlanes(source, top, left, part, 0, 0, height, width);
  return part;
}

function paste(part: Tensor, whole: Tensor, top: number, left: number, height: number, width: number): void {
  copyPlanes(part, 0, 0, whole, top, left, height, width);
}

function copyPlanes(
  from: Tensor,
  fromTop: number,
  fromLeft: number,
  to: Tensor,
  toTop: number,
  toLeft: number,
  height: number,
  width: number,
): void {
  const [batch = 0, channels = 0, fromHeight = 0, fromWidth = 0] = from.dims;
  const [, , toHeight = 0, toWidth = 0] = to.dims;
  for (let plane = 0; plane < batch * channels; plane++) {
    for (let y = 0; y < height; y++) {
      const start = (plane * fromHeight + fromTop + y) * fromWidth + fromLeft;
      to.data.set(
        from.data.subarray(start, start + width),
        (plane * toHeight + toTop + y) * toWidth + toLeft,
      );
    }
  }
}
