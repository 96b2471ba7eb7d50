/** How near things are as a picture, as ControlNets for depth were trained with it. */

import type { ByteImage } from "../tensor/image.ts";

/**
 * Gray in all three colors: the nearest point of the picture white, the farthest black, all others in proportion to the network's numbers
 * (MiDaS as its authors draw it, and stable-diffusion-webui's and diffusers' preprocessors after them).
 *
 * @param map one number per pixel
 * @param nearIsSmall whether the numbers grow with distance; default: with nearness
 * @returns a picture of that size; black when the map says nothing (constant, or with NaN or infinite values)
 */
export function toDepthPicture(
  map: Float32Array,
  { width, height }: Pick<ByteImage, "width" | "height">,
  nearIsSmall = false,
): ByteImage {
  const data = new Uint8Array(3 * width * height);
  let least = Infinity;
  let most = -Infinity;
  for (const value of map) {
    if (!Number.isFinite(value)) return { width, height, data };
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const range = most - least;
  if (!(range > 0)) return { width, height, data };
  for (let i = 0; i < map.length; i++) {
    const near = nearIsSmall ? most - map[i]! : map[i]! - least;
    data.fill(Math.round((255 * near) / range), 3 * i, 3 * i + 3);
  }
  return { width, height, data };
}
