/** How an ONNX file of optical flow wants its two pictures. */

import { ModelError } from "../errors.ts";
import { type ColorRange, readColorRange } from "./color-range.ts";
import { describePorts, fixedSize } from "./onnx-file.ts";
import { FLOATS, type Port, type Session } from "./session.ts";

export interface FlowEntry {
  /** Names of the inputs: the picture that the flow goes from, and the one that it leads to. */
  readonly previous: string;
  readonly next: string;
  /** `planes`: `[1, 3, height, width]`; `pixels`: `[1, height, width, 3]`. */
  readonly layout: "planes" | "pixels";
  readonly colors: ColorRange;
  /** Sides that the network was exported for; undefined = any. */
  readonly height: number | undefined;
  readonly width: number | undefined;
}

const EXPECTED =
  "expected two pictures [1, 3, height, width] or [1, height, width, 3] of one size and flows, float32 or float16";

/**
 * What the file takes: two pictures of the same shape, as planes or pixels, float32 or float16. The first input is the earlier picture, unless the
 * numbers in the names say otherwise. Colors are those that {@link readColorRange} finds.
 *
 * @param model bytes of the file
 * @param session the same, loaded
 * @throws ModelError with what was found and what is expected, when any of it is not certain
 */
export function readFlowEntry(
  model: Uint8Array,
  { inputs, inputNames, outputs }: Session,
  path: string,
): FlowEntry {
  const [[firstName, first] = [], [secondName, second] = []] = inputs;
  const shapes = [first, second].map(shapeOf);
  const [shape, other] = shapes;
  const isPair = inputNames.length === 2 && shape && other && sameShape(shape, other);
  const givesFloats = [...outputs.values()].every(({ type }) => FLOATS.has(type)) && outputs.size > 0;
  if (!isPair || !givesFloats || firstName === undefined || secondName === undefined) {
    throw new ModelError(
      `${EXPECTED}, found ${describePorts(inputs)} and outputs ${describePorts(outputs)}`,
      {
        where: path,
        hint: "Export RAFT in full or half precision, with its two pictures as its only inputs and a fixed number of updates.",
      },
    );
  }
  const [previous, next] = inOrder(firstName, secondName);
  const colors = readColorRange(model, previous);
  if (colors === null) {
    throw new ModelError("it cannot be told which numbers the flow network wants for black and white", {
      where: path,
      hint: "Export it so that it takes colors from -1 to 1 as they are, as torchvision's RAFT does, or from 0 to 255 and brings them there by itself, as the RAFT of its authors does.",
    });
  }
  return { previous, next, colors, ...shape };
}

type Shape = Pick<FlowEntry, "layout" | "height" | "width">;

function sameShape(a: Shape, b: Shape): boolean {
  return a.layout === b.layout && a.height === b.height && a.width === b.width;
}

/** Undefined for anything but one picture. */
function shapeOf(port: Port | undefined): Shape | undefined {
  if (port === undefined || !FLOATS.has(port.type) || port.dims.length !== 4) return undefined;
  const [batch, ...sides] = port.dims.map(fixedSize);
  if ((batch ?? 1) !== 1) return undefined;
  const [a, b, c] = sides;
  if (a === 3 && c !== 3) return { layout: "planes", height: b, width: c };
  return c === 3 && a !== 3 ? { layout: "pixels", height: a, width: b } : undefined;
}

/** `image2` comes after `image1`, wherever they stand. */
function inOrder(first: string, second: string): [string, string] {
  const [a, b] = [first, second].map((name) => /\d+(?=\D*$)/.exec(name)?.[0]);
  return a !== undefined && b !== undefined && Number(a) > Number(b) ? [second, first] : [first, second];
}
