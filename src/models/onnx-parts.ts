/** Reads single parts of an ONNX file and skips its weights, so that a file of a gigabyte takes no longer than a small one. */

import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { halfToFloat } from "../tensor/half-floats.ts";
import {
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
} from "./onnx_pb.ts";

/** Numbers of fields in onnx.proto: `ModelProto.graph`, `GraphProto.node` and `.initializer`. */
const GRAPH = 7;
const NODE = 1;
const INITIALIZER = 5;

/** Formats of numbers, as onnx.proto counts them. */
const FLOAT: number = TensorProto_DataType.FLOAT;
const DOUBLE: number = TensorProto_DataType.DOUBLE;
const HALF: number = TensorProto_DataType.FLOAT16;

/** More than a number per color takes, and less than any weight of a layer. */
const SMALL_BYTES = 256;

/** The nodes of a model's graph, each after those that it takes values from. */
export function* nodesOf(model: Uint8Array): Generator<NodeProto> {
  for (const graph of parts(model, GRAPH)) {
    for (const node of parts(graph, NODE)) yield fromBinary(NodeProtoSchema, node);
  }
}

/** The floating-point numbers of a model's small constants, by name: initializers and nodes of the kind Constant. */
export function smallConstants(model: Uint8Array): Map<string, readonly number[]> {
  const constants = new Map<string, readonly number[]>();
  for (const bytes of initializersOf(model)) {
    if (bytes.length > SMALL_BYTES) continue;
    const tensor = fromBinary(TensorProtoSchema, bytes);
    constants.set(tensor.name, floatsOf(tensor));
  }
  for (const { opType, attribute, output } of nodesOf(model)) {
    if (opType !== "Constant" || output[0] === undefined) continue;
    for (const { name, t, f, floats } of attribute) {
      if (name === "value" && t) constants.set(output[0], floatsOf(t));
      if (name === "value_float") constants.set(output[0], [f]);
      if (name === "value_floats") constants.set(output[0], floats);
    }
  }
  return constants;
}

function* initializersOf(model: Uint8Array): Generator<Uint8Array> {
  for (const graph of parts(model, GRAPH)) yield* parts(graph, INITIALIZER);
}

/** The messages of one field, without reading the others. */
function* parts(message: Uint8Array, wanted: number): Generator<Uint8Array> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === wanted && type === WireType.LengthDelimited) yield reader.bytes();
    else reader.skip(type, field);
  }
}

/** Empty for other than floating-point numbers. */
function floatsOf({ dataType, floatData, doubleData, int32Data, rawData }: TensorProto): readonly number[] {
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  if (dataType === FLOAT) {
    if (floatData.length > 0) return floatData;
    return Array.from({ length: rawData.length >> 2 }, (_, i) => view.getFloat32(4 * i, true));
  }
  if (dataType === HALF) {
    if (int32Data.length > 0) return int32Data.map(halfToFloat);
    return Array.from({ length: rawData.length >> 1 }, (_, i) => halfToFloat(view.getUint16(2 * i, true)));
  }
  if (dataType !== DOUBLE) return [];
  if (doubleData.length > 0) return doubleData;
  return Array.from({ length: rawData.length >> 3 }, (_, i) => view.getFloat64(8 * i, true));
}
