/** The layers that diffusion networks are made of, as ONNX nodes in the forms that ONNX Runtime computes fastest. */

import { ModelError } from "../errors.ts";
import { elementCount } from "../tensor/tensor.ts";
import { addConvolutionLoras, addLinearLoras, changesLayer } from "./lora-graph.ts";
import type { GraphBuilder, Value, WeightReference } from "./onnx-graph.ts";
import type { Weights } from "./weights.ts";

/** A graph under construction and the weights it refers to. Layers name their nodes and weights by module path. */
export interface Network {
  readonly graph: GraphBuilder;
  readonly weights: Weights;
  /** Whether weights may be turned into others when the session loads, see `foldsWeights` in session.ts. Default: no. */
  readonly foldWeights?: boolean;
}

/** Spatial size of a picture or latent: the last two dimensions. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** Size of dimension `axis`. */
export function dim({ name, dims }: Value, axis: number): number {
  const size = dims[axis];
  if (size === undefined) throw new RangeError(`${name} [${dims.join(", ")}] has no dimension ${axis}`);
  return size;
}

export function sizeOf(x: Value): Size {
  return { height: dim(x, 2), width: dim(x, 3) };
}

function parameter({ graph, weights }: Network, name: string, dims: readonly number[]): Value {
  return graph.weight(weights.take(name, dims));
}

export interface ConvolutionOptions {
  readonly outChannels: number;
  /** Side of the square kernel, odd. */
  readonly kernel: number;
  readonly stride?: number;
  /** Zeros around the picture: top, left, bottom, right. Default: `(kernel − 1) / 2` everywhere. */
  readonly pads?: readonly [number, number, number, number];
  /** Default: true. */
  readonly bias?: boolean;
}

/** Convolution: `[n, c, h, w]` → `[n, outChannels, h', w']`. */
export function convolution(
  network: Network,
  path: string,
  x: Value,
  { outChannels, kernel, stride = 1, pads, bias: hasBias = true }: ConvolutionOptions,
): Value {
  const margin = (kernel - 1) / 2;
  const [top, left, bottom, right] = pads ?? [margin, margin, margin, margin];
  const height = Math.floor((dim(x, 2) + top + bottom - kernel) / stride) + 1;
  const width = Math.floor((dim(x, 3) + left + right - kernel) / stride) + 1;
  const weight = parameter(network, `${path}.weight`, [outChannels, dim(x, 1), kernel, kernel]);
  const inputs = hasBias ? [x, weight, parameter(network, `${path}.bias`, [outChannels])] : [x, weight];
  const geometry = {
    strides: { ints: [stride, stride] },
    pads: { ints: [top, left, bottom, right] },
  };
  const convolved = network.graph.node("Conv", inputs, [dim(x, 0), outChannels, height, width], {
    name: path,
    attributes: { kernel_shape: { ints: [kernel, kernel] }, ...geometry },
  });
  return addConvolutionLoras(network.graph, network.weights.loras, path, x, convolved, geometry);
}

/** Linear layer on rows: `[rows, in]` → `[rows, outWidth]`. Reads PyTorch's (out, in) weight as it lies in the file. */
export function linear(
  network: Network,
  path: string,
  x: Value,
  outWidth: number,
  { bias = true } = {},
): Value {
  const weight = network.weights.take(`${path}.weight`, [outWidth, dim(x, 1)]);
  const offset = bias ? network.weights.take(`${path}.bias`, [outWidth]) : null;
  const rows = multiply(network, path, x, weight, offset);
  return addLinearLoras(network.graph, network.weights.loras, path, x, rows);
}

function multiply(
  { graph }: Network,
  path: string,
  x: Value,
  weight: WeightReference,
  bias: WeightReference | null,
): Value {
  const inputs = [x, graph.weight(weight), ...(bias === null ? [] : [graph.weight(bias)])];
  const outWidth = weight.dims[weight.transposed === true ? 1 : 0]!;
  return graph.node("Gemm", inputs, [dim(x, 0), outWidth], {
    name: path,
    attributes: { transB: { int: weight.transposed === true ? 0 : 1 } },
  });
}

/**
 * {@link linear} with its outputs in two halves `[rows, outWidth / 2]`, each computed from its own rows of the weight. Cut from the whole they
 * would be copies, and the whole and its copies are the most that a UNet has to hold at a time. The numbers are the same either way.
 */
export function linearHalves(network: Network, path: string, x: Value, outWidth: number): [Value, Value] {
  const { graph, weights } = network;
  if (changesLayer(weights.loras, path)) {
    return graph.halve(linear(network, path, x, outWidth), 1, `${path}.halves`);
  }
  const weight = weights.take(`${path}.weight`, [outWidth, dim(x, 1)]);
  const bias = weights.take(`${path}.bias`, [outWidth]);
  const halfBy = (index: 0 | 1) =>
    multiply(network, `${path}.${index}`, x, halfOf(weight, index), halfOf(bias, index));
  return [halfBy(0), halfBy(1)];
}

/** The upper or lower half of the rows of a weight, the same bytes of the file. */
function halfOf(whole: WeightReference, index: 0 | 1): WeightReference {
  const [rows = 0, ...rest] = whole.dims;
  const byteLength = whole.byteLength / 2;
  const offset = whole.offset + index * byteLength;
  return { ...whole, name: `${whole.name}.${index}`, dims: [rows / 2, ...rest], offset, byteLength };
}

/**
 * Group normalization over channels and space of `[n, c, h, w]`.
 *
 * Written as instance normalization of whole groups, then scale and shift: ONNX Runtime expands ONNX's own GroupNormalization into eight
 * passes over the data, which cost a quarter of the embedded model's time.
 */
export function groupNorm(network: Network, path: string, x: Value, groups: number, epsilon: number): Value {
  const { graph, weights } = network;
  const [batch, channels] = [dim(x, 0), dim(x, 1)];
  if (channels % groups !== 0) {
    const message = `\`${path}\`: ${channels} channels do not divide into ${groups} groups (norm_num_groups)`;
    throw new ModelError(message, { where: weights.path });
  }
  const grouped = reshape(network, `${path}.groups`, x, [
    batch,
    groups,
    elementCount(x.dims) / (batch * groups),
  ]);
  const ones = graph.constant(`ones.${groups}`, [groups], new Float32Array(groups).fill(1));
  const zeros = graph.constant(`zeros.${groups}`, [groups], new Float32Array(groups));
  const normed = graph.node("InstanceNormalization", [grouped, ones, zeros], grouped.dims, {
    name: `${path}.normed`,
    attributes: { epsilon: { float: epsilon } },
  });
  const picture = reshape(network, `${path}.picture`, normed, x.dims);
  const perChannel = [1, channels, 1, 1];
  const scale = reshape(
    network,
    `${path}.scale`,
    parameter(network, `${path}.weight`, [channels]),
    perChannel,
  );
  const shift = reshape(network, `${path}.shift`, parameter(network, `${path}.bias`, [channels]), perChannel);
  const scaled = graph.node("Mul", [picture, scale], x.dims, { name: `${path}.scaled` });
  return add(network, path, scaled, shift);
}

/** Layer normalization of each row of `[rows, width]`. */
export function layerNorm(network: Network, path: string, x: Value, epsilon: number): Value {
  const width = dim(x, 1);
  const scale = parameter(network, `${path}.weight`, [width]);
  const bias = parameter(network, `${path}.bias`, [width]);
  return network.graph.node("LayerNormalization", [x, scale, bias], x.dims, {
    name: path,
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  });
}

/** x · sigmoid(alpha · x): SiLU with alpha 1, CLIP's approximation of GELU with alpha 1.702. */
export function quickGelu({ graph }: Network, path: string, x: Value, alpha: number): Value {
  return graph.node("QuickGelu", [x], x.dims, {
    name: path,
    domain: "com.microsoft",
    attributes: { alpha: { float: alpha } },
  });
}

export function silu(network: Network, path: string, x: Value): Value {
  return quickGelu(network, path, x, 1);
}

/** GELU by the error function. */
export function gelu({ graph }: Network, path: string, x: Value): Value {
  return graph.node("Gelu", [x], x.dims, { name: path });
}

/** Sum; `b` has the shape of `a` or is stretched to it. */
export function add({ graph }: Network, path: string, a: Value, b: Value): Value {
  const sum = graph.node("Add", [withoutDelta(a), withoutDelta(b)], a.dims, { name: path });
  const deltas = [a.delta, b.delta].filter((delta) => delta !== undefined);
  const [first, second] = deltas;
  if (first === undefined) return sum;
  const delta = second ? graph.node("Add", [first, second], a.dims, { name: `${path}.delta` }) : first;
  return { ...sum, delta };
}

/** The deltas of LoRAs are added behind the sum, see `GraphBuilder.settle`. */
function withoutDelta({ name, dims, type }: Value): Value {
  return { name, dims, type };
}

export function reshape({ graph }: Network, path: string, x: Value, dims: readonly number[]): Value {
  if (elementCount(dims) !== elementCount(x.dims)) {
    throw new RangeError(`${path}: [${x.dims.join(", ")}] does not reshape to [${dims.join(", ")}]`);
  }
  return graph.node("Reshape", [x, graph.integers(dims)], dims, { name: path, type: x.type });
}

export function transpose({ graph }: Network, path: string, x: Value, order: readonly number[]): Value {
  return graph.node(
    "Transpose",
    [x],
    order.map((axis) => dim(x, axis)),
    { name: path, attributes: { perm: { ints: order } } },
  );
}

/** Joins `[n, c1, h, w]` and `[n, c2, h, w]` to `[n, c1 + c2, h, w]`. */
export function joinChannels({ graph }: Network, path: string, a: Value, b: Value): Value {
  const dims = a.dims.map((size, axis) => (axis === 1 ? size + dim(b, 1) : size));
  return graph.node("Concat", [a, b], dims, { name: path, attributes: { axis: { int: 1 } } });
}

/** Nearest-neighbor enlargement to a given size; source index = floor(target index · source size / target size), as PyTorch does. */
export function resize({ graph }: Network, path: string, x: Value, { height, width }: Size): Value {
  const dims = [dim(x, 0), dim(x, 1), height, width];
  return graph.node("Resize", [x, null, null, graph.integers(dims)], dims, {
    name: path,
    attributes: {
      mode: { text: "nearest" },
      nearest_mode: { text: "floor" },
      coordinate_transformation_mode: { text: "asymmetric" },
    },
  });
}

/** Picture to rows of channels: `[n, c, h, w]` → `[n·h·w, c]`. */
export function toRows(network: Network, path: string, x: Value): Value {
  const channelsLast = transpose(network, `${path}.channels_last`, x, [0, 2, 3, 1]);
  return reshape(network, `${path}.rows`, channelsLast, [dim(x, 0) * dim(x, 2) * dim(x, 3), dim(x, 1)]);
}

/** The way back: `[n·h·w, c]` → `[n, c, h, w]`. */
export function fromRows(
  network: Network,
  path: string,
  rows: Value,
  batch: number,
  { height, width }: Size,
): Value {
  const channelsLast = reshape(network, `${path}.picture`, rows, [batch, height, width, dim(rows, 1)]);
  return transpose(network, `${path}.channels_first`, channelsLast, [0, 3, 1, 2]);
}

export interface AttentionOptions {
  readonly batch: number;
  readonly heads: number;
  /** Each position sees only itself and those before it. */
  readonly causal?: boolean;
}

/**
 * Scaled dot-product attention (scale 1/√(width/heads)) without its projections.
 *
 * @param query `[batch·positions, width]`
 * @param key `[batch·sources, width]`, or already `[batch, sources, width]`
 * @param value like `key`
 * @returns `[batch·positions, width]`
 */
export function attention(
  network: Network,
  path: string,
  [query, key, value]: readonly [Value, Value, Value],
  { batch, heads, causal = false }: AttentionOptions,
): Value {
  const inputs = [
    reshape(network, `${path}.query`, query, inBatches(query)),
    key.dims.length === 3 ? key : reshape(network, `${path}.key`, key, inBatches(key)),
    value.dims.length === 3 ? value : reshape(network, `${path}.value`, value, inBatches(value)),
  ];
  const attended = network.graph.node("MultiHeadAttention", inputs, inBatches(query), {
    name: path,
    domain: "com.microsoft",
    type: query.type,
    attributes: { num_heads: { int: heads }, unidirectional: { int: causal ? 1 : 0 } },
  });
  return reshape(network, `${path}.rows`, attended, query.dims);

  function inBatches(rows: Value): number[] {
    return [batch, dim(rows, 0) / batch, dim(rows, 1)];
  }
}

export interface ResnetOptions {
  readonly outChannels: number;
  readonly groups: number;
  readonly epsilon: number;
  /** SiLU of the time embedding, `[1, width]`, or one row for each picture; the VAE has none. */
  readonly time?: Value;
}

/**
 * diffusers' ResnetBlock2D: norm, SiLU, convolution, plus time embedding, norm, SiLU, convolution, plus the (projected) input.
 * `[n, c, h, w]` → `[n, outChannels, h, w]`
 */
export function resnet(
  network: Network,
  path: string,
  x: Value,
  { outChannels, groups, epsilon, time }: ResnetOptions,
): Value {
  const normed1 = groupNorm(network, `${path}.norm1`, x, groups, epsilon);
  const active1 = silu(network, `${path}.norm1.silu`, normed1);
  let hidden = convolution(network, `${path}.conv1`, active1, { outChannels, kernel: 3 });
  if (time !== undefined) {
    const shift = linear(network, `${path}.time_emb_proj`, time, outChannels);
    const perChannel = reshape(network, `${path}.time_emb_proj.channels`, shift, [
      dim(time, 0),
      outChannels,
      1,
      1,
    ]);
    hidden = add(network, `${path}.conv1.timed`, hidden, perChannel);
  }
  const normed2 = groupNorm(network, `${path}.norm2`, hidden, groups, epsilon);
  const active2 = silu(network, `${path}.norm2.silu`, normed2);
  const out = convolution(network, `${path}.conv2`, active2, { outChannels, kernel: 3 });
  const shortcut =
    dim(x, 1) === outChannels
      ? x
      : convolution(network, `${path}.conv_shortcut`, x, { outChannels, kernel: 1 });
  return add(network, path, shortcut, out);
}
