/** Linear layers in whole numbers of 8 bits: weights quantized when the session loads, rows at each run. */

import { tensor } from "../tensor/tensor.ts";
import { linear, type Network } from "./layers.ts";
import { addLinearLoras } from "./lora-graph.ts";
import { GraphBuilder, type Value } from "./onnx-graph.ts";
import { TensorProto_DataType } from "./onnx_pb.ts";
import { openSession, result } from "./session.ts";

/** Of weights around their zero point 128; symmetric, so 0 is left out. */
const LARGEST = 127;
const ZERO_POINT = 128;
/** Of rows. */
const LARGEST_UNSIGNED = 255;
/** Keeps the scale of a row of zeros above 0. */
const LEAST_WEIGHT = 1e-30;
/** Below, such as for the one row of the time embedding, quantizing costs more than it saves. */
const LEAST_ROWS = 16;

/** How weights are stored: −127 to 127, or 1 to 255 around their zero point 128. The numbers are the same, and so are all results. */
export type Int8Weights = "signed" | "unsigned";

/**
 * {@link linear} computed in whole numbers: `[rows, in]` → `[rows, outWidth]`. Each output has a scale of its own for its weights, all rows
 * together have one scale and zero point per run, and sums are exact. What LoRAs add is computed in fp32 from the rows as they came.
 *
 * The nodes that quantize a weight depend on nothing but the file, so ONNX Runtime computes them once, when the session loads, and keeps the
 * 8 bits alone.
 *
 * Source: the form is that of ONNX Runtime's own dynamic quantization (`quantize_dynamic`, per channel, symmetric weights).
 *
 * @param form see {@link int8Weights}
 */
export function int8Linear(form: Int8Weights): typeof linear {
  return layer;

  function layer(network: Network, path: string, x: Value, outWidth: number, { bias = true } = {}): Value {
    const { graph, weights } = network;
    const [rows, width] = x.dims as [number, number];
    const reference = weights.take(`${path}.weight`, [outWidth, width]);
    if (rows < LEAST_ROWS || reference.transposed) return linear(network, path, x, outWidth, { bias });
    const [quantized, scale, zeroPoint] = quantize(graph, `${path}.weight`, graph.weight(reference), form);
    const offset = bias ? graph.weight(weights.take(`${path}.bias`, [outWidth])) : null;
    const inputs = [x, quantized, scale, zeroPoint, offset];
    const product = graph.node("DynamicQuantizeMatMul", inputs, [rows, outWidth], {
      name: path,
      domain: "com.microsoft",
    });
    return addLinearLoras(graph, weights.loras, path, x, product);
  }
}

let known: Promise<Int8Weights> | undefined;

/**
 * The form that is right and fast on this processor; found out once per process by a product whose sums are known. Products of unsigned rows
 * and signed weights are up to four times as fast, but processors without VNNI clip their sums to 16 bits.
 */
export async function int8Weights(): Promise<Int8Weights> {
  known ??= findWeights();
  return await known;
}

async function findWeights(): Promise<Int8Weights> {
  const side = 64;
  const graph = new GraphBuilder("int8_probe");
  const x = graph.input("x", [side, side]);
  const scale = graph.constant("scale", [side], new Float32Array(side).fill(1));
  const weight = graph.constant("weight", [side, side], new Float32Array(side * side).fill(LARGEST));
  const signed = toSigned(graph, "weight", weight, scale);
  const y = graph.node("DynamicQuantizeMatMul", [x, signed, scale], [side, side], {
    name: "y",
    domain: "com.microsoft",
  });
  graph.output(y);
  const session = await openSession("probe of 8 bits", graph.toBytes(), "/", { provider: "cpu", threads: 1 });
  // Rows from 0 to 255 have the scale 1, so sums are whole numbers.
  const rows = new Float32Array(side * side).fill(LARGEST_UNSIGNED);
  const { data } = result(await session.run({ x: tensor([side, side], rows) }), "y");
  await session.release();
  return data.every((sum) => sum === side * LARGEST * LARGEST_UNSIGNED) ? "signed" : "unsigned";
}

/** PyTorch's `[out, in]` to `[in, out]` in 8 bits, a scale `[out]` and, unless it is 0, a zero point `[out]`. */
function quantize(
  graph: GraphBuilder,
  name: string,
  weight: Value,
  form: Int8Weights,
): readonly [quantized: Value, scale: Value, zeroPoint: Value | null] {
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
  const zeroPoint =
    form === "signed"
      ? null
      : graph.constant(`zero_points.${out}`, each, new Uint8Array(out).fill(ZERO_POINT));
  const rows = zeroPoint
    ? graph.node("QuantizeLinear", [weight, scale, zeroPoint], weight.dims, {
        name: `${name}.int8`,
        type: "U8",
        attributes: { axis: { int: 0 } },
      })
    : toSigned(graph, name, weight, scale);
  const quantized = graph.node("Transpose", [rows], [width, out], {
    name: `${name}.int8_columns`,
    type: rows.type,
    attributes: { perm: { ints: [1, 0] } },
  });
  return [quantized, scale, zeroPoint];
}

/** Each row of a matrix divided by its scale and rounded. */
function toSigned(graph: GraphBuilder, name: string, weight: Value, scale: Value): Value {
  return graph.node("QuantizeLinear", [weight, scale], weight.dims, {
    name: `${name}.int8`,
    type: "I8",
    attributes: { axis: { int: 0 }, output_dtype: { int: TensorProto_DataType.INT8 } },
  });
}
