/** Where to cut a frame that has another aspect than the still. */

import type { ByteImage } from "../tensor/image.ts";

export interface Crop {
  /** Pixels of the frame. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where what matters of a subject is along an axis: above the middle, because a still may cut off feet but no head, and in the middle across. */
const USUAL_PLACE = { vertical: 0.32, horizontal: 0.5 };
/** Spread of that place, as a share of the axis: wide enough for a strong subject near an edge to win. */
const PLACE_SPREAD = 0.3;

/**
 * The largest part of the frame with the aspect `width : height` that holds most of what draws the eye.
 *
 * Salience is how far a pixel's color lies from the frame's mean color, squared (after Achanta et al., "Frequency-tuned salient region
 * detection", CVPR 2009), weighted by where subjects usually stand. Edges do not count: libvips' attention, which counts them, preferred
 * a ragged mountain to the hero above it and cut his head off.
 */
export function chooseCrop(frame: ByteImage, width: number, height: number): Crop {
  const scale = Math.min(frame.width / width, frame.height / height);
  const cropWidth = Math.max(1, Math.round(width * scale));
  const cropHeight = Math.max(1, Math.round(height * scale));
  const { rows, columns } = salienceProfiles(frame);
  return {
    left: bestStart(columns, cropWidth, USUAL_PLACE.horizontal),
    top: bestStart(rows, cropHeight, USUAL_PLACE.vertical),
    width: cropWidth,
    height: cropHeight,
  };
}

/** Salience summed over each row and over each column. */
function salienceProfiles({ width, height, data }: ByteImage): { rows: Float64Array; columns: Float64Array } {
  const mean = [0, 0, 0];
  for (let i = 0; i < data.length; i++) mean[i % 3]! += (3 * data[i]!) / data.length;
  const [red = 0, green = 0, blue = 0] = mean;
  const rows = new Float64Array(height);
  const columns = new Float64Array(width);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      const salience = (data[i]! - red) ** 2 + (data[i + 1]! - green) ** 2 + (data[i + 2]! - blue) ** 2;
      rows[y]! += salience;
      columns[x]! += salience;
    }
  }
  return { rows, columns };
}

/** Start of the window of `length` with the largest weighted sum; of equal ones the one nearest to the usual place. */
function bestStart(profile: Float64Array, length: number, usualPlace: number): number {
  const weighted = profile.map((salience, i) => {
    const distance = ((i + 0.5) / profile.length - usualPlace) / PLACE_SPREAD;
    return (salience + 1) * Math.exp(-(distance ** 2) / 2);
  });
  let sum = weighted.subarray(0, length).reduce((total, value) => total + value, 0);
  let best = { start: 0, sum };
  for (let start = 1; start + length <= profile.length; start++) {
    sum += weighted[start + length - 1]! - weighted[start - 1]!;
    if (sum > best.sum) best = { start, sum };
  }
  return best.start;
}
