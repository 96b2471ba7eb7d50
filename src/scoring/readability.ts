/** How much of a picture is still there at the size of a list of videos. */
import { fitLuma, type LumaPlane } from "./luma.ts";

/** Longer side, in pixels, of the smallest size at which thumbnails are shown. */
const LIST_SIDE = 120;

/**
 * Share of the edges' energy that survives at 120 pixels, 0–1, per pixel of the side. A clean step keeps more than half of it (where it falls between
 * two pixels, each has half of its height), a soft one all; thin lines, texture and noise cancel out. A picture of 120 pixels or less has 1, as has one without edges.
 */
export function measureReadability(luma: LumaPlane): number {
  const small = fitLuma(luma, LIST_SIDE);
  const before = edgeEnergy(luma) / luma.width;
  return before === 0 ? 1 : Math.min(1, edgeEnergy(small) / small.width / before);
}

/** Sum of squared differences to the right and down. */
function edgeEnergy({ width, height, values }: LumaPlane): number {
  let sum = 0;
  for (let y = 0; y < height - 1; y++) {
    for (let i = y * width; i < (y + 1) * width - 1; i++) {
      const across = values[i + 1]! - values[i]!;
      const down = values[i + width]! - values[i]!;
      sum += across * across + down * down;
    }
  }
  return sum;
}
