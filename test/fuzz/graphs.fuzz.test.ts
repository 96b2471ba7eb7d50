/** ONNX files: what our own readers make of their protobuf, and that they open or are refused. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { readGraphWeights } from "../../src/models/graph-weights.ts";
import { openOnnxFile } from "../../src/models/onnx-file.ts";
import { GraphBuilder } from "../../src/models/onnx-graph.ts";
import { smallConstants } from "../../src/models/onnx-parts.ts";
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  TensorProto_DataType,
} from "../../src/models/onnx_pb.ts";
import { editedBytes } from "./edits.ts";
import { fuzz } from "./fuzz.ts";
import { fuzzFolder, names } from "./fuzz-file.ts";

const folder = fuzzFolder();
const file = join(folder, "network.onnx");
writeFileSync(join(folder, "weights.bin"), Buffer.alloc(64));

/** Shows the picture again; its one weight is small. */
function passing(): Uint8Array {
  const graph = new GraphBuilder("test");
  const image = graph.input("image", [1, 3, 4, 4]);
  graph.output(graph.node("Relu", [image], [1, 3, 4, 4], { name: "out" }));
  return graph.toBytes();
}

/** With a weight beside it, a graph in a graph, and constants of each kind. */
function nested(): Uint8Array {
  const body = {
    name: "body",
    node: [{ opType: "Identity", input: ["x"], output: ["y"] }],
    initializer: [{ name: "w", dataType: TensorProto_DataType.FLOAT16, dims: [1n], int32Data: [1] }],
  };
  const message = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ version: 17n }],
    graph: {
      name: "g",
      node: [
        {
          opType: "If",
          input: ["c"],
          output: ["out"],
          attribute: [{ name: "then_branch", type: AttributeProto_AttributeType.GRAPH, g: body }],
        },
        {
          opType: "Constant",
          output: ["k"],
          attribute: [{ name: "value", t: { dataType: TensorProto_DataType.FLOAT, floatData: [1, 2] } }],
        },
      ],
      initializer: [
        {
          name: "outside",
          dataType: TensorProto_DataType.FLOAT,
          dims: [4n, 4n],
          dataLocation: 1,
          externalData: [
            { key: "location", value: "weights.bin" },
            { key: "offset", value: "0" },
            { key: "length", value: "64" },
          ],
        },
        { name: "small", dataType: TensorProto_DataType.DOUBLE, dims: [1n], rawData: new Uint8Array(8) },
      ],
    },
  });
  return toBinary(ModelProtoSchema, message);
}

const samples = [
  passing(),
  nested(),
  readFileSync("test/fixtures/captioners/blip/decoder_model.onnx").subarray(0, 4000),
];

/** Fields within fields, each with its right length, of any number and kind. */
const messages: fc.Arbitrary<Uint8Array> = fc
  .letrec<{ message: Uint8Array; field: Uint8Array }>((tie) => ({
    message: fc.array(tie("field"), { maxLength: 4 }).map((fields) => Buffer.concat(fields)),
    field: fc.oneof(
      { depthSize: "medium" },
      fc
        .tuple(fc.constantFrom(1, 2, 3, 7, 8, 20), fc.constantFrom(0n, 1n, 10n, 2n ** 63n))
        .map(([number, value]) => Buffer.concat([varint(BigInt(number * 8)), varint(value)])),
      fc
        .tuple(
          fc.constantFrom(1, 2, 3, 4, 13),
          fc.constantFrom("location", "../x", "weights.bin", "/etc/passwd", "\u001b[2J", ""),
        )
        .map(([number, text]) => lengthDelimited(number, Buffer.from(text))),
      fc
        .tuple(
          fc.constantFrom(1, 5, 6, 7, 11, 13, 15, 22, 25),
          tie("message"),
          fc.constantFrom(1, 1, 1, 30, 120),
        )
        .map(([number, body, levels]) => {
          let bytes = lengthDelimited(number, body);
          for (let level = 1; level < levels; level++)
            bytes = lengthDelimited(level % 2 === 0 ? 1 : 5, bytes);
          return bytes;
        }),
    ),
  }))
  .message.map((graph) => new Uint8Array(lengthDelimited(7, graph)));

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

function lengthDelimited(field: number, body: Uint8Array): Buffer {
  return Buffer.concat([varint(BigInt(field * 8 + 2)), varint(BigInt(body.length)), body]);
}

const inputs = fc.oneof({ weight: 2, arbitrary: editedBytes(samples) }, { weight: 1, arbitrary: messages });

fuzz({
  name: "onnx-weights",
  title: "weights named by mutated ONNX files",
  cases: 5000,
  inputs,
  read: async (bytes: Uint8Array) => {
    writeFileSync(file, bytes);
    await readGraphWeights(file);
  },
  isLocated: names(file),
});

fuzz({
  name: "onnx-networks",
  title: "networks in mutated ONNX files",
  cases: 2000,
  inputs,
  read: async (bytes: Uint8Array) => {
    writeFileSync(file, bytes);
    const { session } = await openOnnxFile("test network", file, { device: "cpu" });
    try {
      smallConstants(bytes);
    } finally {
      await session.release();
    }
  },
  isLocated: names(file),
});
