/** How exactly a model computes, and where it can. */

import { RenderError } from "../errors.ts";
import { isTiny, type AutoencoderConfig } from "./autoencoder.ts";
import type { Provider } from "./device.ts";
import type { Family } from "./model.ts";

/** `fp16`: UNet and VAE in half precision. `int8`: the UNet's linear layers in whole numbers of 8 bits, see `int8Linear`. */
export const PRECISIONS = ["fp32", "fp16", "int8"] as const;

export type Precision = (typeof PRECISIONS)[number];

/**
 * The precision that is meant: `auto` is fp16 with CUDA, where it takes half the memory and a fraction of the time, and fp32 elsewhere: on a
 * processor it is only slower.
 *
 * @throws RenderError when the precision is not to be had there
 */
export function choosePrecision(asked: "auto" | Precision, provider: Provider, lowMemory = false): Precision {
  if (asked === "auto") return provider === "cuda" ? "fp16" : "fp32";
  if (asked !== "int8") return asked;
  if (provider !== "cpu") {
    throw new RenderError(`precision int8 is for the processor, the model would run on ${provider}`, {
      hint: "Add `--device cpu`, or leave precision out.",
    });
  }
  if (lowMemory) {
    throw new RenderError("precision int8 and low_memory cannot be had together", {
      hint: "Weights in 8 bits are copies; low_memory uses the weights where they lie in their file. Leave one of the two out.",
    });
  }
  return asked;
}

/** Whether an autoencoder can be trusted in half precision: those of SD 1.x and 2.x, and others that say so. */
export function fitsHalf(vae: AutoencoderConfig, family: Family): boolean {
  return !isTiny(vae) && (family === "sd1" || family === "sd2" || !vae.overflowsHalf);
}
