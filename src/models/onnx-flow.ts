/** Optical flow by a network in an ONNX file: RAFT and what is exported like it. */

import { resizeFlow } from "../flow/pyramid.ts";
import { ModelError, RenderError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import { resizePlanes, toPlanes } from "../tensor/planes.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Size } from "./layers.ts";
import { type FlowEntry, readFlowEntry } from "./flow-entry.ts";
import { loadOnnx } from "./onnx-file.ts";
import type { OpenModelOptions } from "./open-model.ts";
import type { FlowNetwork } from "./picture-networks.ts";

/** RAFT works at an eighth of the picture. */
const MULTIPLE = 8;
/** Below it the coarsest of RAFT's four levels of correlation would have one pixel, between which nothing can be read. */
const LEAST_SIDE = 128;

/** What a network gets, and how a picture comes into it. */
interface Frame extends Size {
  /** Where the picture lies in it as it is; null = it is resized to it. */
  readonly place: { readonly left: number; readonly top: number } | null;
}

/**
 * Opens an ONNX file that takes two pictures and gives the flow from the first to the second, as torchvision's `raft_large` and `raft_small`,
 * the RAFT of its authors and conversions of either do; see {@link readFlowEntry} for what is taken.
 *
 * Where the file takes any size, the edge pixels are repeated until both sides are multiples of 8 and at least 128, half of them on each
 * side (the odd one at the right or below), and the flow is cut out at the same place, so that no vector is changed. Where it fixes another
 * size, pictures are resized to it (bilinear), and the flow back, its vectors in proportion.
 *
 * The network is run once, so that what it cannot do is found now.
 *
 * @param size of the pictures to come
 * @throws ModelError when the file takes or gives something else, or cannot be run at this size
 */
export async function openOnnxFlow(
  path: string,
  size: Size,
  options: OpenModelOptions = {},
): Promise<FlowNetwork> {
  const { name, hash, bytes, session } = await loadOnnx("flow network", path, options);
  try {
    const entry = readFlowEntry(bytes, session, path);

    const estimate = async (previous: ByteImage, next: ByteImage): Promise<Float32Array> => {
      const frame = frameFor(previous, entry);
      const results = await session.run({
        [entry.previous]: networkPicture(previous, frame, entry),
        [entry.next]: networkPicture(next, frame, entry),
      });
      const flow = lastFlow(
        [...session.outputs.keys()].map((output) => results[output]!),
        frame,
      );
      if (flow === null) throw notAFlow(results, frame, path);
      return fitted(flow, previous, frame);
    };

    await estimate(testPicture(size, 0), testPicture(size, 1)).catch((cause: unknown) => {
      // Others know what to do: memory is short, or weights are damaged.
      if (!(cause instanceof RenderError) || cause.hint !== undefined) throw cause;
      const { width, height } = frameFor(size, entry);
      throw new ModelError(cause.message, {
        where: path,
        hint: `Export it with height and width as dynamic axes, or for ${width}×${height}.`,
        cause,
      });
    });
    return { info: { name, hash }, estimate, release: () => session.release() };
  } catch (error) {
    await session.release();
    throw error;
  }
}

/** Something to see in it: a network may stumble over pictures of one color. */
function testPicture({ width, height }: Size, shift: number): ByteImage {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => ((i + shift) * 7919) % 256);
  return { width, height, data };
}

/** The size that the network gets, and where in it the picture lies. */
function frameFor({ width, height }: Size, entry: FlowEntry): Frame {
  const padded = { width: paddedSide(width), height: paddedSide(height) };
  const whole = { width: entry.width ?? padded.width, height: entry.height ?? padded.height };
  const isPadded = whole.width === padded.width && whole.height === padded.height;
  const place = { left: (whole.width - width) >> 1, top: (whole.height - height) >> 1 };
  return { ...whole, place: isPadded ? place : null };
}

function paddedSide(side: number): number {
  return Math.max(LEAST_SIDE, Math.ceil(side / MULTIPLE) * MULTIPLE);
}

function networkPicture(picture: ByteImage, frame: Frame, { colors, layout }: FlowEntry): Tensor {
  const range = colors.white - colors.black;
  const deviation = Array.from({ length: 3 }, () => 1 / range);
  const mean = deviation.map((value) => -colors.black * value);
  const planes = toPlanes(picture, mean, deviation);
  const whole = frame.place
    ? padPlanes(planes, frame, frame.place)
    : resizePlanes(planes, frame.height, frame.width);
  return layout === "planes" ? whole : interleave(whole);
}

/** The planes in a larger frame, their edge values repeated. */
function padPlanes(
  { dims, data }: Tensor,
  { width, height }: Size,
  { left, top }: { readonly left: number; readonly top: number },
): Tensor {
  const [, planes = 0, fromHeight = 0, fromWidth = 0] = dims;
  const padded = new Float32Array(planes * height * width);
  for (let plane = 0, o = 0; plane < planes; plane++) {
    for (let y = 0; y < height; y++, o += width) {
      const row = Math.min(fromHeight - 1, Math.max(0, y - top));
      const start = (plane * fromHeight + row) * fromWidth;
      const end = start + fromWidth;
      padded.fill(data[start]!, o, o + left);
      padded.set(data.subarray(start, end), o + left);
      padded.fill(data[end - 1]!, o + left + fromWidth, o + width);
    }
  }
  return { dims: [1, planes, height, width], data: padded };
}

/** `[1, 3, height, width]` to `[1, height, width, 3]`. */
function interleave({ dims, data }: Tensor): Tensor {
  const [, , height = 0, width = 0] = dims;
  const size = height * width;
  const mixed = new Float32Array(data.length);
  for (let i = 0, o = 0; i < size; i++, o += 3) {
    mixed[o] = data[i]!;
    mixed[o + 1] = data[size + i]!;
    mixed[o + 2] = data[2 * size + i]!;
  }
  return { dims: [1, height, width, 3], data: mixed };
}

/** A flow at the size of the frame, wherever its two numbers per pixel lie. */
interface FoundFlow {
  readonly data: Float32Array;
  /** Index of the first vector's step to the right. */
  readonly start: number;
  /** From a vector's step to the right to its step down, and from a vector to the next. */
  readonly toDown: number;
  readonly toNext: number;
}

/**
 * The last flow `[…, 2, height, width]` or `[…, height, width, 2]` among the results, and in it the last of several: RAFT gives one after each
 * of its updates, the last being the best. Flows of other sizes, such as that before enlargement, are passed over.
 */
function lastFlow(results: readonly Tensor[], { width, height }: Frame): FoundFlow | null {
  const size = width * height;
  for (const { dims, data } of results.toReversed()) {
    const [a, b, c] = dims.slice(-3);
    const start = data.length - 2 * size;
    if (a === 2 && b === height && c === width) return { data, start, toDown: size, toNext: 1 };
    if (a === height && b === width && c === 2) return { data, start, toDown: 1, toNext: 2 };
  }
  return null;
}

function notAFlow(
  results: Readonly<Record<string, Tensor>>,
  { width, height }: Frame,
  path: string,
): ModelError {
  const found = Object.entries(results).map(([name, { dims }]) => `${name} [${dims.join(", ")}]`);
  return new ModelError(
    `expected a flow [1, 2, ${height}, ${width}] from the flow network, found ${found.join(", ")}`,
    { where: path, hint: "Export it so that it gives the flow at the size of its pictures, x before y." },
  );
}

/** `[height, width, 2]` at the picture's size. */
function fitted({ data, start, toDown, toNext }: FoundFlow, picture: Size, frame: Frame): Float32Array {
  const { width, height } = frame.place ? picture : frame;
  const { left, top } = frame.place ?? { left: 0, top: 0 };
  const flow = new Float32Array(2 * width * height);
  for (let y = 0, o = 0; y < height; y++) {
    let from = start + toNext * ((y + top) * frame.width + left);
    for (let x = 0; x < width; x++, o += 2, from += toNext) {
      flow[o] = data[from]!;
      flow[o + 1] = data[from + toDown]!;
    }
  }
  if (frame.place) return flow;
  const resized = resizeFlow(flow, frame, picture, 1);
  const [right, down] = [picture.width / frame.width, picture.height / frame.height];
  for (let i = 0; i < resized.length; i += 2) {
    resized[i]! *= right;
    resized[i + 1]! *= down;
  }
  return resized;
}
