/** From an input picture to what a ControlNet is shown. */

import type { ControlPlan } from "../schedule/frame-plan.ts";
import type { ByteImage } from "../tensor/image.ts";
import { findEdges } from "./canny.ts";
import { coarsen } from "./coarsen.ts";
import { toLuminance } from "./luminance.ts";

/** Makes the picture that a ControlNet is shown, of the same size; numbers are those of the frame. */
export type Preprocessor = (image: ByteImage, numbers: ControlPlan) => ByteImage | Promise<ByteImage>;

/** Those that need no network, by their names in the settings. */
export const PREPROCESSORS: ReadonlyMap<string, Preprocessor> = new Map<string, Preprocessor>([
  ["none", (image) => image],
  [
    "canny",
    (image, { low_threshold: low, high_threshold: high, blur }) => findEdges(image, { low, high, blur }),
  ],
  ["luminance", (image) => toLuminance(image)],
  ["tile", (image, { downsample }) => coarsen(image, downsample)],
]);
