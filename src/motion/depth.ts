/** Depth maps as networks give them → world depth for the 3D warp. */

/**
 * `inverse`: near is large (MiDaS, Depth Anything); `metric`: near is small (ZoeDepth, AdaBins, LeReS); both of unknown scale. `nearness`:
 * 0 (infinitely far) to 1 (nearest), the same in all pictures.
 */
export type DepthKind = "inverse" | "metric" | "nearness";

/** Where a depth map comes to lie in the world. */
export interface DepthRange {
  /** Distance of the nearest points, > 0; default 1. */
  readonly near?: number;
  /** Distance of the farthest points, > `near`; default 2, Deforum's. */
  readonly far?: number;
  /** Whether maps of unknown scale are equalized, as Deforum does (default), or only stretched between `near` and `far`. */
  readonly equalize?: boolean;
}

const BINS = 1024;

/**
 * World depth, `near` … `far`, of a network's depth map.
 *
 * Maps of unknown scale are equalized, which makes 1 … 2 of any of them: Deforum's way (source: Deforum, behavior). Nearness n is taken at
 * its word, as the inverse of a distance: 1 / z = n / near + (1 − n) / far. So the depth of a thing does not change with what else comes into
 * the picture.
 *
 * @param map one number per pixel
 * @returns as long as `map`; null when the map says nothing (empty, constant, or with NaN or infinite values): then the picture is a plane
 */
export function worldDepth(map: Float32Array, kind: DepthKind, range: DepthRange = {}): Float32Array | null {
  const { near = 1, far = 2, equalize = true } = range;
  const extent = extentOf(map);
  if (extent === null) return null;
  if (kind === "nearness") {
    const [least, most] = [1 / far, 1 / near];
    return map.map((share) => 1 / (least + (most - least) * (share > 1 ? 1 : share > 0 ? share : 0)));
  }
  const [least, most] = extent;
  const shares = equalize
    ? equalizeBetween(map, extent)
    : map.map((value) => (value - least) / (most - least));
  return shares.map((value) => near + (far - near) * (kind === "inverse" ? 1 - value : value));
}

/** Least and largest value of a map; null when it says nothing, see {@link worldDepth}. */
export function extentOf(map: Float32Array): readonly [number, number] | null {
  let least = Infinity;
  let most = -Infinity;
  for (const value of map) {
    if (!Number.isFinite(value)) return null;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return most > least ? [least, most] : null;
}

/**
 * The map normalized to 0–1 and histogram-equalized over 1024 bins: every depth becomes the share of the picture that is at most as deep.
 *
 * @returns 0–1, or null as {@link worldDepth}
 */
export function equalizeDepth(map: Float32Array): Float32Array | null {
  const extent = extentOf(map);
  return extent && equalizeBetween(map, extent);
}

function equalizeBetween(map: Float32Array, [least, most]: readonly [number, number]): Float32Array {
  const scale = 1 / (most - least);
  const share = new Float64Array(BINS);
  for (const value of map) {
    share[Math.min(BINS - 1, Math.floor((value - least) * scale * BINS))]! += 1 / map.length;
  }
  for (let k = 1; k < BINS; k++) share[k]! += share[k - 1]!;

  return map.map((value) => {
    const position = (value - least) * scale * BINS;
    // The shares stand at the left edges of the bins; the last edge is that of the last bin.
    const bin = Math.min(BINS - 2, Math.floor(position));
    const t = Math.min(1, position - bin);
    return share[bin]! * (1 - t) + share[bin + 1]! * t;
  });
}
