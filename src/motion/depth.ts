/** Depth maps as networks give them → world depth for the 3D warp. */

/**
 * `inverse`: near is large (MiDaS, Depth Anything); `metric`: near is small (ZoeDepth, AdaBins, LeReS); both of unknown scale. `nearness`:
 * 0 (infinitely far) to 1 (nearest), the same in all pictures.
 */
export type DepthKind = "inverse" | "metric" | "nearness";

const BINS = 1024;

/**
 * World depth, 1 (near) … `far`, of a network's depth map.
 *
 * Maps of unknown scale are equalized, which makes 1 … 2 of any of them: Deforum's way (source: Deforum, behavior). Nearness n is taken at
 * its word, as the inverse of a distance between 1 and `far`: 1 / z = n + (1 − n) / far. So the depth of a thing does not change with what
 * else comes into the picture.
 *
 * @param map one number per pixel
 * @param far distance of the farthest points, > 1; default 2, Deforum's
 * @returns as long as `map`; null when the map says nothing (empty, constant, or with NaN or infinite values): then the picture is a plane
 */
export function worldDepth(map: Float32Array, kind: DepthKind, far = 2): Float32Array | null {
  const equalized = equalizeDepth(map);
  if (equalized === null) return null;
  if (kind === "nearness") {
    const rest = 1 / far;
    return map.map((near) => 1 / (rest + (1 - rest) * (near > 1 ? 1 : near > 0 ? near : 0)));
  }
  return equalized.map((value) => 1 + (far - 1) * (kind === "inverse" ? 1 - value : value));
}

/**
 * The map normalized to 0–1 and histogram-equalized over 1024 bins: every depth becomes the share of the picture that is at most as deep.
 *
 * @returns 0–1, or null as {@link worldDepth}
 */
export function equalizeDepth(map: Float32Array): Float32Array | null {
  let least = Infinity;
  let most = -Infinity;
  for (const value of map) {
    if (!Number.isFinite(value)) return null;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (!(most > least)) return null;

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
