/** Moves a picture along a flow. */

import type { LocateRow } from "../motion/camera-view.ts";
import { resample } from "../motion/sampling.ts";
import type { RgbImage } from "../tensor/image.ts";

/**
 * out(p) = picture(p − factor · flow(p)), bilinear. Around the picture its mirror image (edge pixel not repeated) goes on for a quarter of
 * each side; beyond that it is black, as in Deforum.
 *
 * @param flow `[height, width, 2]` of the picture's size: right and down, pixels
 * @param factor 1 = the whole way, negative = backwards
 * @returns a picture of the same size
 * @throws RangeError when the flow has another size
 */
export function applyFlow(picture: RgbImage, flow: Float32Array, factor = 1): RgbImage {
  const { width, height } = picture;
  if (flow.length !== 2 * width * height) {
    throw new RangeError(
      `a flow for ${width}×${height} has ${2 * width * height} values, got ${flow.length}`,
    );
  }
  return resample(picture, locateByFlow(flow, width, factor), "bilinear", "margin");
}

function locateByFlow(flow: Float32Array, width: number, factor: number): LocateRow {
  return (row, positions) => {
    const offset = 2 * row * width;
    for (let column = 0, p = 0; column < width; column++, p += 2) {
      positions[p] = column - factor * flow[offset + p]!;
      positions[p + 1] = row - factor * flow[offset + p + 1]!;
    }
  };
}
