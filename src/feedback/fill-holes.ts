/** Fills holes of a moved picture with noise in the colors around them. */

import { TAP_RULES } from "../motion/padding.ts";
import type { RgbImage } from "../tensor/image.ts";
import { randomStream } from "../tensor/random.ts";

/** Deviation of how far a color is fetched from, as a share of the shorter side. */
const REACH = 1 / 12;
/** Grains per shorter side: finer ones would vanish in the autoencoder. */
const GRAINS = 128;

/**
 * Each grain of a hole takes its color from somewhere around it in the picture before the move, which has no holes.
 *
 * @param moved the picture under the frame's camera, 0–1
 * @param before the same before the move, of the same size
 * @param holes share of each pixel that is a hole, see findHoles
 * @param seed of the frame; the same seed gives the same noise
 */
export function fillWithNoise(
  moved: RgbImage,
  before: RgbImage,
  holes: Float32Array,
  seed: number,
): RgbImage {
  const { width, height } = moved;
  const shorter = Math.min(width, height);
  const grain = Math.max(1, Math.round(shorter / GRAINS));
  const reach = shorter * REACH;
  const random = randomStream(seed, "holes");
  const data = moved.data.slice();
  for (let top = 0; top < height; top += grain) {
    for (let left = 0; left < width; left += grain) {
      // Drawn for every grain, so that a hole's noise does not depend on the other holes.
      const x = TAP_RULES.reflection(Math.round(left + reach * random.normal()), width);
      const y = TAP_RULES.reflection(Math.round(top + reach * random.normal()), height);
      const from = 3 * (y * width + x);
      for (let row = top; row < Math.min(height, top + grain); row++) {
        for (let column = left; column < Math.min(width, left + grain); column++) {
          const pixel = row * width + column;
          const share = holes[pixel]!;
          if (share === 0) continue;
          for (let channel = 0; channel < 3; channel++) {
            const there = data[3 * pixel + channel]!;
            data[3 * pixel + channel] = there + share * (before.data[from + channel]! - there);
          }
        }
      }
    }
  }
  return { width, height, data };
}
