/** ONNX files of a few nodes, sound and hostile, that a test spells out. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  FunctionProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
} from "../../src/models/onnx_pb.ts";
import { temporaryFolder } from "./temporary-folder.ts";

type OnnxFunction = MessageInitShape<typeof FunctionProtoSchema>;
export type OnnxGraph = MessageInitShape<typeof GraphProtoSchema>;
type OnnxNode = NonNullable<OnnxGraph["node"]>[number];
type OnnxAttribute = NonNullable<OnnxNode["attribute"]>[number];

const { FLOAT, INT64 } = TensorProto_DataType;

/** A picture `[1, 3, height, width]` in, one out: what every network for pictures looks like from outside. */
export function pictureGraph(nodes: readonly OnnxNode[], rest: OnnxGraph = {}): OnnxGraph {
  return {
    name: "test",
    node: [...nodes],
    input: [port("picture")],
    output: [port("result")],
    ...rest,
  };
}

export function bytesOf(graph: OnnxGraph, functions: OnnxFunction[] = []): Uint8Array {
  const opsetImport = [
    { domain: "", version: 21n },
    { domain: "com.microsoft", version: 1n },
  ];
  const model = { irVersion: 10n, opsetImport, graph: create(GraphProtoSchema, graph), functions };
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, model));
}

/** Writes the file into a folder that goes when the test is over. */
export async function writeOnnx(bytes: Uint8Array, name = "network.onnx"): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, bytes);
  return path;
}

/** Whole numbers as an initializer: a list, or a single one without dimensions. */
export function wholeNumbers(name: string, values: bigint[]) {
  const dims = values.length === 1 ? [] : [BigInt(values.length)];
  return create(TensorProtoSchema, { name, dims, dataType: INT64, int64Data: values });
}

/** A graph as a node's attribute. */
export function branch(name: string, graph: OnnxGraph): OnnxAttribute {
  return { name, type: AttributeProto_AttributeType.GRAPH, g: create(GraphProtoSchema, graph) };
}

function port(name: string) {
  const dim = [1, 3, 8, 8].map((size) => ({ value: { case: "dimValue" as const, value: BigInt(size) } }));
  return {
    name,
    type: { value: { case: "tensorType" as const, value: { elemType: FLOAT, shape: { dim } } } },
  };
}
