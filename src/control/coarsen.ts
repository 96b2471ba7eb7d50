/** A coarse copy of a picture, as tile ControlNets want it: they keep what is where and draw the details anew. */

import type { ByteImage } from "../tensor/image.ts";
import { resizeRaster } from "../tensor/resize.ts";

/**
 * Reduced by the factor with the mean of each area, then enlarged again with straight lines between the centers of its pixels.
 *
 * @param factor ≥ 1; 1 gives the picture back. The coarse picture has at least one pixel per side.
 */
export function coarsen(image: ByteImage, factor: number): ByteImage {
  const { width, height } = image;
  const columns = Math.max(1, Math.round(width / factor));
  const rows = Math.max(1, Math.round(height / factor));
  if (columns === width && rows === height) return image;
  const floats = { width, height, channels: 3, data: Float32Array.from(image.data) };
  const coarse = resizeRaster(resizeRaster(floats, columns, rows), width, height);
  return { width, height, data: Uint8Array.from(coarse.data, (value) => value + 0.5) };
}
