/** Linear layers in whole numbers of 8 bits: weights quantized when the session loads, rows at each run. */

import { linear, type Network } from "./layers.ts";
import { addLinearLoras } from "./lora-graph.ts";
import type { GraphBuilder, Value } from "./onnx-graph.ts";

/** Of weights around their zero point 128; symmetric, so 0 is left out. */
const LARGEST = 127;
const ZERO_POINT = 128;
/** Keeps the scale of a row of zeros above 0. */
const LEAST_WEIGHT = 1e-30;
/** Below, such as for the one row of the time embedding, quantizing costs more than it saves. */
const LEAST_ROWS = 16;

/**
 * {@link linear}, computed in whole numbers: `[rows, in]` → `[rows, outWidth]`. Each output has a scale of its own for its weights, all rows
 * together have one scale and zero point per run, and sums are exact. What LoRAs add is computed in fp32 from the rows as they came.
 *
 * The nodes that quantize a weight depend on nothing but the file, so ONNX Runtime computes them once, when the session loads, and keeps the
 * 8 bits alone. Unsigned on both sides, because processors without VNNI clip the sums of the mixed product.
 *
 * Source: the form is that of ONNX Runtime's own dynamic quantization (`quantize_dynamic`, per channel, symmetric weights).
 */
export function int8Linear(
  network: Network,
  path: string,
  x: Value,
  outWidth: number,
  { bias = true } = {},
): Value {
  const { graph, weights } = network;
  const [rows, width] = x.dims as [number, number];
  const reference = weights.take(`${path}.weight`, [outWidth, width]);
  if (rows < LEAST_ROWS || reference.transposed) return linear(network, path, x, outWidth, { bias });
  const { quantized, scale, zeroPoint } = quantize(graph, `${path}.weight`, graph.weight(reference));
  const offset = bias ? graph.weight(weights.take(`${path}.bias`, [outWidth])) : null;
  const product = graph.node(
    "DynamicQuantizeMatMul",
    [x, quantized, scale, zeroPoint, offset],
    [rows, outWidth],
    {
      name: path,
      domain: "com.microsoft",
    },
  );
  return addLinearLoras(graph, weights.loras, path, x, product);
}

/** PyTorch's `[out, in]` to `[in, out]` in 8 bits, one scale `[out]` and zero point `[out]` for each output. */
function quantize(graph: GraphBuilder, name: string, weight: Value) {
  const [out, width] = weight.dims as [number, number];
  const each = [out];
  const extreme = (operator: "ReduceMax" | "ReduceMin"): Value =>
    graph.node(operator, [weight, graph.integers([1])], each, {
      name: `${name}.${operator}`,
      attributes: { keepdims: { int: 0 } },
    });
  // Not the largest absolute value: the absolute values would be a copy of the weight until the whole graph is loaded.
  const least = graph.node("Neg", [extreme("ReduceMin")], each, { name: `${name}.least` });
  const floor = graph.constant("least_weight", [1], Float32Array.of(LEAST_WEIGHT));
  const largest = graph.node("Max", [extreme("ReduceMax"), least, floor], each, { name: `${name}.largest` });
  const steps = graph.constant("int8_steps", [1], Float32Array.of(LARGEST));
  const scale = graph.node("Div", [largest, steps], each, { name: `${name}.scale` });
  const zeroPoint = graph.constant(`zero_points.${out}`, each, new Uint8Array(out).fill(ZERO_POINT));
  const rows = graph.node("QuantizeLinear", [weight, scale, zeroPoint], weight.dims, {
    name: `${name}.int8`,
    type: "U8",
    attributes: { axis: { int: 0 } },
  });
  const quantized = graph.node("Transpose", [rows], [width, out], {
    name: `${name}.int8_columns`,
    type: "U8",
    attributes: { perm: { ints: [1, 0] } },
  });
  return { quantized, scale, zeroPoint };
}
