/** From an input picture to what a ControlNet is shown. */

import type { ControlPlan } from "../schedule/frame-plan.ts";
import type { ByteImage } from "../tensor/image.ts";
import { findEdges } from "./canny.ts";
import { coarsen } from "./coarsen.ts";
import { findFlowEdges } from "./flow-edges.ts";
import { toLuminance } from "./luminance.ts";

/**
 * Makes the picture that a ControlNet is shown, of the same size; numbers are those of the frame.
 *
 * @param before the picture before in a video or folder, for preprocessors that look at movement; undefined at frame 0
 */
export type Preprocessor = (
  image: ByteImage,
  numbers: ControlPlan,
  before?: ByteImage,
) => ByteImage | Promise<ByteImage>;

/** Those that need no network, by their names in the settings. */
export const PREPROCESSORS: ReadonlyMap<string, Preprocessor> = new Map<string, Preprocessor>([
  ["none", (image) => image],
  [
    "canny",
    (image, { low_threshold: low, high_threshold: high, blur }) => findEdges(image, { low, high, blur }),
  ],
  [
    "flow_edges",
    // Before the first picture nothing has moved: its own edges show where things begin.
    (image, { low_threshold: low, high_threshold: high, blur }, before) =>
      before ? findFlowEdges(before, image, { low, high, blur }) : findEdges(image, { low, high, blur }),
  ],
  ["luminance", (image) => toLuminance(image)],
  ["tile", (image, { downsample }) => coarsen(image, downsample)],
]);

/** Whether a preprocessor looks at the picture before as well. */
export function looksBack(preprocessor: string): boolean {
  return preprocessor === "flow_edges";
}
