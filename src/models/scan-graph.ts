/** What an ONNX file is made of, read without its weights: before ONNX Runtime sees a file, all of it has been seen here. */

import { fromBinary } from "@bufbuild/protobuf";
import { LIMITS } from "../limits.ts";
import { StringStringEntryProtoSchema, TensorProto_DataType } from "./onnx_pb.ts";
import { ProtobufWindow, WIRE } from "./protobuf-window.ts";

/** Where a tensor's bytes lie when they are not in the graph, in the graph's own words. */
export interface ExternalWeights {
  readonly location: string;
  /** First byte and number of bytes; undefined where the graph does not say. */
  readonly offset: string | undefined;
  readonly length: string | undefined;
}

export interface ScannedGraph {
  readonly external: readonly ExternalWeights[];
  /** Number formats of the floats in the graph: `F16`, `F32`. */
  readonly types: ReadonlySet<string>;
  /** `Conv` of ONNX itself, `com.microsoft.Attention` of another domain; those of graphs in the graph, too. */
  readonly operators: ReadonlySet<string>;
  /** Functions that the file defines itself. */
  readonly functions: number;
}

/** Messages of onnx.proto on the way to weights and operators. */
type Kind = "model" | "graph" | "function" | "node" | "attribute" | "sparse" | "tensor" | "entry";

/** Which of their fields lead on, by number. */
const FIELDS: Readonly<Record<Kind, Readonly<Record<number, Kind>>>> = {
  model: { 7: "graph", 25: "function" },
  graph: { 1: "node", 5: "tensor", 15: "sparse" },
  function: { 7: "node" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse" },
  sparse: { 1: "tensor", 2: "tensor" },
  tensor: { 13: "entry" },
  entry: {},
};
/** `TensorProto.data_type`. */
const DATA_TYPE = 2;
/** `NodeProto.op_type` and `.domain`. */
const OPERATOR = 4;
const DOMAIN = 7;
const FLOAT_TYPES: ReadonlyMap<number, string> = new Map([
  [TensorProto_DataType.FLOAT, "F32"],
  [TensorProto_DataType.FLOAT16, "F16"],
  [TensorProto_DataType.BFLOAT16, "BF16"],
]);
/** Other readers keep 32 bits of a field's number: what has more would be another field for them. */
const TAGS = 2 ** 32;

/**
 * Reads the graph's skeleton and skips the weights in it, so that a file of gigabytes takes no longer than a small one.
 *
 * @throws Error of the file system; RangeError when it is no protobuf, or goes beyond the limits of ONNX files
 */
export function scanGraph(file: string): ScannedGraph {
  const external: ExternalWeights[] = [];
  const types = new Set<string>();
  const operators = new Set<string>();
  let functions = 0;
  let nodes = 0;
  const source = new ProtobufWindow(file);
  try {
    visit("model", source.size, 0, new Map());
  } finally {
    source.close();
  }
  return { external, types, operators, functions };

  /** @param facts of the message around: keys of external data, names of an operator */
  function visit(kind: Kind, end: number, depth: number, around: Map<string, string>): void {
    if (depth > LIMITS.onnx.depth)
      throw new RangeError(`messages lie more than ${LIMITS.onnx.depth} deep in each other`);
    if (kind === "entry") {
      const { key, value } = fromBinary(StringStringEntryProtoSchema, source.bytesUpTo(end));
      around.set(key, value);
      return;
    }
    if (kind === "function") functions++;
    if (kind === "node" && ++nodes > LIMITS.onnx.nodes)
      throw new RangeError(`more than ${LIMITS.onnx.nodes} nodes`);
    const facts = new Map<string, string>();
    while (source.at < end) visitField(kind, end, depth, facts);
    if (kind === "node") operators.add(operatorName(facts));
    const location = facts.get("location");
    if (kind === "tensor" && location !== undefined) {
      external.push({ location, offset: facts.get("offset"), length: facts.get("length") });
    }
  }

  function visitField(kind: Kind, end: number, depth: number, facts: Map<string, string>): void {
    const tag = source.varint();
    if (tag >= TAGS) throw new RangeError("the number of a field has more than 32 bits");
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case WIRE.bytes: {
        const length = source.varint();
        const next = source.at + length;
        if (next > end) throw new RangeError("a field ends behind the message that it is in");
        const inside = FIELDS[kind][field];
        if (inside !== undefined) visit(inside, next, depth + 1, facts);
        else if (kind === "node" && (field === OPERATOR || field === DOMAIN)) {
          facts.set(
            field === OPERATOR ? "operator" : "domain",
            Buffer.from(source.bytesUpTo(next)).toString(),
          );
        }
        source.at = next;
        break;
      }
      case WIRE.varint: {
        const type = FLOAT_TYPES.get(source.varint());
        if (kind === "tensor" && field === DATA_TYPE && type !== undefined) types.add(type);
        break;
      }
      case WIRE.eightBytes:
        source.at += 8;
        break;
      case WIRE.fourBytes:
        source.at += 4;
        break;
      default:
        throw new RangeError(`a field of the unknown kind ${tag % 8}`);
    }
  }
}

function operatorName(facts: ReadonlyMap<string, string>): string {
  const domain = facts.get("domain") ?? "";
  const operator = facts.get("operator") ?? "";
  return domain === "" || domain === "ai.onnx" ? operator : `${domain}.${operator}`;
}
