/** What SDXL's networks are told besides the positions of the text, as inputs of their graphs. */

import { RenderError } from "../errors.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import type { TextEmbedding } from "./model.ts";
import type { AddedConditions } from "./unet-config.ts";

/** The score that the refiner's examples ask for (diffusers' default). */
const AESTHETIC_SCORE = 6;

/**
 * The pooled text, and the picture's size: as drawn, cut at no side, as wanted (SDXL, Podell et al. 2023, section 2.2).
 *
 * @param height of the picture, in pixels
 * @throws RenderError when the text has no pooled vector of that width
 */
export function addedInputs(
  { pooledWidth, sizeValues }: AddedConditions,
  { pooled, aestheticScores }: TextEmbedding,
  batch: number,
  height: number,
  width: number,
): { pooled: Tensor; sizes: Tensor } {
  if (pooled?.dims.length !== 2 || pooled.dims[0] !== batch || pooled.dims[1] !== pooledWidth) {
    throw new RenderError(
      `the pooled text embedding has the shape [${pooled?.dims.join(", ") ?? ""}], expected [${batch}, ${pooledWidth}]`,
    );
  }
  const sizes = new Float32Array(batch * sizeValues);
  for (let row = 0; row < batch; row++) {
    const end = sizeValues === 6 ? [height, width] : [aestheticScores?.[row] ?? AESTHETIC_SCORE];
    sizes.set([height, width, 0, 0, ...end], row * sizeValues);
  }
  return { pooled, sizes: tensor([batch, sizeValues], sizes) };
}
