/** Keeps what lies outside a mask: only the camera moves it, no noise, no sharpening and no model. */

import type { Mask } from "../diffusion/mask.ts";
import type { RgbImage } from "../tensor/image.ts";

/** `kept` where the mask is 0, `changed` where it is 1, in between both. */
export function mixByMask(kept: RgbImage, changed: RgbImage, mask: Mask): RgbImage {
  const data = new Float32Array(kept.data.length);
  for (let i = 0; i < data.length; i++) {
    const share = mask.data[Math.floor(i / 3)]!;
    data[i] = kept.data[i]! * (1 - share) + changed.data[i]! * share;
  }
  return { ...kept, data };
}

/** `kept` where the mask is 0, `changed` everywhere else: for pictures that are mixed already. */
export function keepBlack(kept: RgbImage, changed: RgbImage, mask: Mask): RgbImage {
  const data = changed.data.map((value, i) => (mask.data[Math.floor(i / 3)] === 0 ? kept.data[i]! : value));
  return { ...changed, data };
}
