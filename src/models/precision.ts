/** How exactly a UNet computes, and where it can. */

import { RenderError } from "../errors.ts";
import type { Provider } from "./device.ts";

/** `int8`: linear layers in whole numbers of 8 bits, see `int8Linear`. */
export type Precision = "fp32" | "int8";

/** @throws RenderError when the precision is not to be had there */
export function requirePrecision(precision: Precision, provider: Provider, lowMemory = false): void {
  if (precision === "fp32") return;
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
}
