/** Between which numbers a network wants the colors of its pictures, told by the arithmetic that its graph begins with. */

import type { NodeProto } from "./onnx_pb.ts";
import { nodesOf, smallConstants } from "./onnx-parts.ts";
import { CONVOLUTIONS } from "./picture-entry.ts";

/** The numbers of black and of white. */
export interface ColorRange {
  readonly black: number;
  readonly white: number;
}

/** Move colors about without changing them. */
const PASSING: ReadonlySet<string> = new Set(["Identity", "Cast", "Concat", "Pad", "Resize", "Transpose"]);
const ARITHMETIC: ReadonlySet<string> = new Set(["Sub", "Div", "Mul", "Add"]);

/** What became of a color on its way. */
interface Way {
  /** What it was multiplied by, mean of the colors. */
  readonly scale: number;
  /** Whether there was any arithmetic. */
  readonly isChanged: boolean;
}

/**
 * Follows a picture from its input to the first convolution. Convolutions want colors of about −1 to 1: a network that multiplies by a
 * hundredth on the way takes 0–255, one that makes colors larger takes 0–1, and one that leaves them alone takes −1 to 1.
 *
 * @param model bytes of an ONNX file that ONNX Runtime has accepted
 * @param input name of the picture
 * @returns null when it cannot be told
 */
export function readColorRange(model: Uint8Array, input: string): ColorRange | null {
  const constants = smallConstants(model);
  const ways = new Map<string, Way | null>([[input, { scale: 1, isChanged: false }]]);
  for (const node of nodesOf(model)) {
    const from = node.input.find((name) => ways.has(name));
    if (from === undefined) continue;
    const way = ways.get(from) ?? null;
    if (CONVOLUTIONS.has(node.opType)) return way && rangeOf(way);
    const isArithmetic = ARITHMETIC.has(node.opType);
    if (!isArithmetic && !PASSING.has(node.opType)) continue;
    ways.set(node.output[0] ?? "", isArithmetic ? afterArithmetic(node, way, from, constants) : way);
  }
  return null;
}

function afterArithmetic(
  { opType, input }: NodeProto,
  way: Way | null,
  from: string,
  constants: ReadonlyMap<string, readonly number[]>,
): Way | null {
  const [first, second] = input;
  const numbers = constants.get((first === from ? second : first) ?? "");
  if (way === null || numbers === undefined || numbers.length === 0) return null;
  if (opType === "Add" || opType === "Sub") return { ...way, isChanged: true };
  // A number divided by a color is no scale.
  if (opType === "Div" && first !== from) return null;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  return { scale: opType === "Mul" ? way.scale * mean : way.scale / mean, isChanged: true };
}

/** Deviations of colors, by which networks divide, are a fifth to a half of the range; constants may be rounded to half precision. */
function rangeOf({ scale, isChanged }: Way): ColorRange | null {
  if (!isChanged) return { black: -1, white: 1 };
  if (scale > 1.9 / 255 && scale < 6 / 255) return { black: 0, white: 255 };
  return scale > 1.9 && scale < 6 ? { black: 0, white: 1 } : null;
}
