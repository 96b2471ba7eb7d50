/** The layers of networks from picture to picture: folding pixels into channels and back, and margins that fit a size to the network. */

import { add, convolution, dim, reshape, transpose, type Network } from "./layers.ts";
import type { Value } from "./onnx-graph.ts";

/** `[n, c, h, w]` → `[n, c·side², h/side, w/side]`, ordered (channel, row, column) as PyTorch's pixel_unshuffle. */
export function foldPixels(network: Network, path: string, x: Value, side: number): Value {
  const [n, c, h, w] = [dim(x, 0), dim(x, 1), dim(x, 2) / side, dim(x, 3) / side];
  const split = reshape(network, `${path}.split`, x, [n, c, h, side, w, side]);
  const ordered = transpose(network, `${path}.ordered`, split, [0, 1, 3, 5, 2, 4]);
  return reshape(network, path, ordered, [n, c * side * side, h, w]);
}

/** The way back, `[n, c·side², h, w]` → `[n, c, h·side, w·side]`: PyTorch's pixel_shuffle. */
export function unfoldPixels({ graph }: Network, path: string, x: Value, side: number): Value {
  const dims = [dim(x, 0), dim(x, 1) / (side * side), dim(x, 2) * side, dim(x, 3) * side];
  return graph.node("DepthToSpace", [x], dims, {
    name: path,
    attributes: { blocksize: { int: side }, mode: { text: "CRD" } },
  });
}

export function relu({ graph }: Network, path: string, x: Value): Value {
  return graph.node("Relu", [x], x.dims, { name: path });
}

/** Repeats the edge pixels outwards. */
export function padEdges(
  { graph }: Network,
  path: string,
  x: Value,
  { top = 0, left = 0, bottom = 0, right = 0 },
): Value {
  if (top + left + bottom + right === 0) return x;
  const dims = [dim(x, 0), dim(x, 1), dim(x, 2) + top + bottom, dim(x, 3) + left + right];
  const pads = graph.integers([0, 0, top, left, 0, 0, bottom, right]);
  return graph.node("Pad", [x, pads], dims, { name: path, attributes: { mode: { text: "edge" } } });
}

/** Repeats the pixels of the right and lower edge until both sides are multiples of `multiple`. */
export function padToMultiple(network: Network, path: string, x: Value, multiple: number): Value {
  const missing = (size: number) => (multiple - (size % multiple)) % multiple;
  return padEdges(network, path, x, { bottom: missing(dim(x, 2)), right: missing(dim(x, 3)) });
}

/** The upper left part. */
export function crop({ graph }: Network, path: string, x: Value, height: number, width: number): Value {
  const inputs = [x, graph.integers([0, 0]), graph.integers([height, width]), graph.integers([2, 3])];
  return graph.node("Slice", inputs, [dim(x, 0), dim(x, 1), height, width], { name: path });
}

/** Two convolutions around a ReLU, plus the input; no normalization (it is merged into the weights) and none of diffusers' extras. */
export function plainResidual(network: Network, path: string, x: Value): Value {
  const outChannels = dim(x, 1);
  const hidden = relu(
    network,
    `${path}.conv1.relu`,
    convolution(network, `${path}.conv1`, x, { outChannels, kernel: 3 }),
  );
  const out = convolution(network, `${path}.conv2`, hidden, { outChannels, kernel: 3 });
  return add(network, path, out, x);
}
