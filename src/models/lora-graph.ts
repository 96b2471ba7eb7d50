/** LoRAs in a graph: low-rank branches beside layers, each LoRA with one input for its weight, which may change at every run. */

import type { Attribute, GraphBuilder, Value, WeightReference } from "./onnx-graph.ts";

/** The branch of one layer: y + s · scale · up(middle(down(x))) (Hu et al. 2021; for convolutions LoCon). */
export interface LoraBranch {
  /** `[rank, in]`, or for convolutions `[rank, in, k, k]`. */
  readonly down: WeightReference;
  /** `[rank, rank, k, k]` of a convolution whose `down` is 1×1 (Tucker decomposition). */
  readonly middle?: WeightReference;
  /** `[out, rank]`, or `[out, rank, 1, 1]`. */
  readonly up: WeightReference;
  /** alpha / rank. */
  readonly scale: number;
}

/** What one LoRA adds to one network. */
export interface LoraBranches {
  /** Name of the graph input `[1]` that takes the weight s. */
  readonly input: string;
  /** By module path, such as `mid_block.attentions.0.proj_in`. */
  readonly layers: ReadonlyMap<string, LoraBranch>;
}

/** Whether any LoRA changes the layer at this path. */
export function changesLayer(loras: readonly LoraBranches[] | undefined, path: string): boolean {
  return loras?.some(({ layers }) => layers.has(path)) ?? false;
}

/**
 * Adds the branches of a linear layer: rows `[rows, in]` that went in, `[rows, out]` that came out. At weight 0 the sum is what came out, bit
 * for bit.
 */
export function addLinearLoras(
  graph: GraphBuilder,
  loras: readonly LoraBranches[] | undefined,
  path: string,
  x: Value,
  result: Value,
): Value {
  let sum = result;
  for (const { input, layers } of loras ?? []) {
    const branch = layers.get(path);
    if (branch === undefined) continue;
    const [name, rank] = [`${path}.${input}`, branch.down.dims[0]!];
    const transposed = { transB: { int: 1 } };
    const low = graph.node("Gemm", [x, graph.weight(branch.down)], [x.dims[0]!, rank], {
      name: `${name}.down`,
      attributes: transposed,
    });
    const weighed = weigh(graph, name, low, input, branch.scale);
    // The sum is taken inside the product, without a pass of its own over the rows.
    sum = graph.node("Gemm", [weighed, graph.weight(branch.up), sum], result.dims, {
      name,
      attributes: transposed,
    });
  }
  return sum;
}

/**
 * Adds the branches of a convolution, `[n, in, h, w]` that went in, `[n, out, h', w']` that came out, as the result's delta.
 *
 * @param geometry strides and pads of the convolution
 */
export function addConvolutionLoras(
  graph: GraphBuilder,
  loras: readonly LoraBranches[] | undefined,
  path: string,
  x: Value,
  result: Value,
  geometry: Readonly<Record<string, Attribute>>,
): Value {
  let delta: Value | undefined;
  for (const { input, layers } of loras ?? []) {
    const branch = layers.get(path);
    if (branch === undefined) continue;
    const name = `${path}.${input}`;
    const [batch, , height, width] = result.dims;
    const rank = branch.down.dims[0]!;
    const low = [batch!, rank, height!, width!];
    let hidden: Value;
    if (branch.middle === undefined) {
      hidden = convolve(graph, `${name}.down`, x, branch.down, low, geometry);
    } else {
      const narrow = convolve(graph, `${name}.down`, x, branch.down, [batch!, rank, ...x.dims.slice(2)]);
      hidden = convolve(graph, `${name}.middle`, narrow, branch.middle, low, geometry);
    }
    const weighed = weigh(graph, name, hidden, input, branch.scale);
    const added = convolve(graph, `${name}.up`, weighed, branch.up, result.dims);
    delta = delta === undefined ? added : graph.node("Add", [delta, added], result.dims, { name });
  }
  return delta === undefined ? result : { ...result, delta };
}

function convolve(
  graph: GraphBuilder,
  name: string,
  x: Value,
  weight: WeightReference,
  dims: readonly number[],
  geometry: Readonly<Record<string, Attribute>> = {},
): Value {
  const kernel = weight.dims.slice(2);
  return graph.node("Conv", [x, graph.weight(weight)], dims, {
    name,
    attributes: { kernel_shape: { ints: kernel }, ...geometry },
  });
}

/** x · s · scale, taken where the branch is narrowest. */
function weigh(graph: GraphBuilder, name: string, x: Value, input: string, scale: number): Value {
  const weight = graph.input(input, [1]);
  const factor =
    scale === 1 ? x : graph.node("Mul", [x, scaleConstant(graph, scale)], x.dims, { name: `${name}.scaled` });
  return graph.node("Mul", [factor, weight], x.dims, { name: `${name}.weighed` });
}

function scaleConstant(graph: GraphBuilder, scale: number): Value {
  return graph.constant(`lora_scale.${scale}`, [1], Float32Array.of(scale));
}
