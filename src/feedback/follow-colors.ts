/** Gives a picture the colors of another and keeps its own light: the web UI's color correction. */

import type { RgbImage } from "../tensor/image.ts";
import { matchColors } from "./color-match.ts";

/**
 * Matches the histograms in LAB, then puts the luminosity of the unmatched picture back (blend mode Luminosity of the W3C's Compositing and
 * Blending, section 13.4). Source: stable-diffusion-webui 1.10 (behavior).
 *
 * @param target any size
 * @returns a picture of the size of `image`, 0–1
 */
export function followColors(image: RgbImage, target: RgbImage): RgbImage {
  const matched = matchColors(image, target, "lab");
  const data = new Float32Array(image.data.length);
  for (let i = 0; i < data.length; i += 3) {
    const shift = luminosity(image.data, i) - luminosity(matched.data, i);
    const [red, green, blue] = clipColor(
      matched.data[i]! + shift,
      matched.data[i + 1]! + shift,
      matched.data[i + 2]! + shift,
    );
    data[i] = red;
    data[i + 1] = green;
    data[i + 2] = blue;
  }
  return { ...image, data };
}

function luminosity(data: Float32Array, i: number): number {
  return 0.3 * data[i]! + 0.59 * data[i + 1]! + 0.11 * data[i + 2]!;
}

/** The color of the same luminosity that lies within 0–1, towards gray. */
function clipColor(red: number, green: number, blue: number): readonly [number, number, number] {
  const light = 0.3 * red + 0.59 * green + 0.11 * blue;
  const [lowest, highest] = [Math.min(red, green, blue), Math.max(red, green, blue)];
  const toBlack = lowest < 0 ? light / (light - lowest) : 1;
  const toWhite = highest > 1 ? (1 - light) / (highest - light) : 1;
  const share = Math.min(toBlack, toWhite);
  return [light + (red - light) * share, light + (green - light) * share, light + (blue - light) * share];
}
