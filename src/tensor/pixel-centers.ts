/** Lines of pixels at another size: which places of the old one belong to the new ones. */

/** Where each pixel center of a line of `to` pixels lies in one of `from` pixels: pixel centers at whole numbers, 0 … from − 1. */
export function pixelCenters(from: number, to: number): Float64Array {
  return Float64Array.from({ length: to }, (_, i) =>
    Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5)),
  );
}
