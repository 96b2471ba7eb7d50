/** How an ONNX file begins with its picture: whether it normalizes colors itself, and which squares it cuts the picture into. */

import type { NodeProto } from "./onnx_pb.ts";
import { nodesOf } from "./onnx-parts.ts";

export interface PictureEntry {
  /** Arithmetic comes before the first convolution: the file wants colors as they are, 0–1. */
  readonly normalizes: boolean;
  /** Side in pixels of the patches that a vision transformer cuts; null for other networks. */
  readonly patch: number | null;
}

export const CONVOLUTIONS: ReadonlySet<string> = new Set(["Conv", "ConvInteger", "QLinearConv", "FusedConv"]);
const ARITHMETIC: ReadonlySet<string> = new Set(["Sub", "Div", "Mul", "Add", "BatchNormalization"]);
/** What may stand between the picture and the first convolution without changing what colors mean. */
const PASSING: ReadonlySet<string> = new Set([
  "Identity",
  "Cast",
  "Pad",
  "Resize",
  "QuantizeLinear",
  "DequantizeLinear",
  "DynamicQuantizeLinear",
]);
/** No network for pictures has a stem of such squares that do not overlap, but every vision transformer does. */
const LEAST_PATCH = 8;

/**
 * Follows the picture from the input to the first convolution. Weights are skipped, so that a file of a gigabyte takes no longer than a small
 * one.
 *
 * @param model bytes of an ONNX file that ONNX Runtime has accepted
 * @param input name of its picture
 */
export function readPictureEntry(model: Uint8Array, input: string): PictureEntry {
  const pictures = new Set([input]);
  let normalizes = false;
  for (const node of nodesOf(model)) {
    const { opType } = node;
    if (!node.input.some((name) => pictures.has(name))) continue;
    if (CONVOLUTIONS.has(opType)) return { normalizes, patch: patchOf(node) };
    if (!PASSING.has(opType) && !ARITHMETIC.has(opType)) continue;
    normalizes ||= ARITHMETIC.has(opType);
    pictures.add(node.output[0] ?? "");
  }
  return { normalizes, patch: null };
}

function patchOf({ attribute }: NodeProto): number | null {
  const numbers = (wanted: string): readonly bigint[] =>
    attribute.find(({ name }) => name === wanted)?.ints ?? [];
  const sides = [...numbers("kernel_shape"), ...numbers("strides")].map(Number);
  const [side = 0] = sides;
  return sides.length === 4 && side >= LEAST_PATCH && sides.every((each) => each === side) ? side : null;
}
