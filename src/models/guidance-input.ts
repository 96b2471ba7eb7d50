/** The guidance scale as latent consistency models take it: an input of the UNet. */

import { RenderError } from "../errors.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { guidanceFeatures } from "./time-embedding.ts";

/**
 * @param width of the features
 * @param rows for networks that want the same features for each picture of the batch; default 1
 * @returns `[rows, width]`, see {@link guidanceFeatures}
 * @throws RenderError without a scale
 */
export function guidanceInput(width: number, scale: number | undefined, rows = 1): Tensor {
  if (scale === undefined) {
    throw new RenderError("a latent consistency model needs the guidance scale with each evaluation");
  }
  const features = guidanceFeatures(scale, width);
  const repeated = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) repeated.set(features, row * width);
  return tensor([rows, width], repeated);
}
