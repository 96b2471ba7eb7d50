/** What an ONNX file says about its weights: which files beside it hold them, and in which number formats they are. */

import { stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { printable } from "../printable.ts";
import { StringStringEntryProtoSchema, TensorProto_DataType } from "./onnx_pb.ts";
import { ProtobufWindow, WIRE } from "./protobuf-window.ts";

export interface GraphWeights {
  /** Files beside the graph that hold weights, absolute, sorted; none where all are inside. */
  readonly files: readonly string[];
  /** Number formats of the floats in the graph, sorted: `F16`, `F32`. */
  readonly types: readonly string[];
}

/** Messages of onnx.proto on the way to weights. */
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
const FLOAT_TYPES: ReadonlyMap<number, string> = new Map([
  [TensorProto_DataType.FLOAT, "F32"],
  [TensorProto_DataType.FLOAT16, "F16"],
  [TensorProto_DataType.BFLOAT16, "BF16"],
]);
const HINT =
  "The export is damaged or incomplete; export or download it again with all its files, or use the model's .safetensors files.";

/**
 * Reads the graph's skeleton and skips the weights in it, so that a file of gigabytes takes no longer than a small one.
 *
 * @param file of the graph
 * @throws ModelError when it is no ONNX model, or looks for weights outside its folder or for some that are not there
 */
export async function readGraphWeights(file: string): Promise<GraphWeights> {
  const { locations, types } = scanGraph(file);
  const folder = dirname(file);
  const files = [...locations].toSorted().map((location) => placeOf(location, folder, file));
  for (const found of files) {
    const status = await stat(found).catch(() => undefined);
    if (status?.isFile()) continue;
    throw new ModelError(`the weights of the graph, \`${printable(relative(folder, found))}\`, are missing`, {
      where: file,
      hint: HINT,
    });
  }
  return { files, types: [...types].toSorted() };
}

/** @throws ModelError when the location leads out of the folder, which ONNX forbids */
function placeOf(location: string, folder: string, where: string): string {
  const path = join(folder, location);
  const way = relative(folder, path);
  const escapes = isAbsolute(location) || isAbsolute(way) || way === ".." || way.startsWith(`..${sep}`);
  if (!escapes) return path;
  throw new ModelError(`the graph looks for weights at \`${printable(location)}\`, outside its folder`, {
    where,
    hint: HINT,
  });
}

interface Scanned {
  /** Of weights outside of the graph, as the graph has them: relative to its folder. */
  readonly locations: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
}

function scanGraph(file: string): Scanned {
  const locations = new Set<string>();
  const types = new Set<string>();
  let source: ProtobufWindow | undefined;
  try {
    source = new ProtobufWindow(file);
    visit(source, "model", source.size, 0);
  } catch (cause) {
    throw new ModelError("this is no ONNX model, or it is damaged", { where: file, hint: HINT, cause });
  } finally {
    source?.close();
  }
  return { locations, types };

  function visit(from: ProtobufWindow, kind: Kind, end: number, depth: number): void {
    if (depth > LIMITS.onnx.depth)
      throw new RangeError(`messages lie more than ${LIMITS.onnx.depth} deep in each other`);
    if (kind === "entry") {
      const { key, value } = fromBinary(StringStringEntryProtoSchema, from.bytesUpTo(end));
      if (key === "location") locations.add(value);
      return;
    }
    while (from.at < end) {
      const tag = from.varint();
      const field = Math.floor(tag / 8);
      switch (tag % 8) {
        case WIRE.bytes: {
          const length = from.varint();
          const next = from.at + length;
          if (next > end) throw new RangeError("a field ends behind the message that it is in");
          const inside = FIELDS[kind][field];
          if (inside !== undefined) visit(from, inside, next, depth + 1);
          from.at = next;
          break;
        }
        case WIRE.varint: {
          const type = FLOAT_TYPES.get(from.varint());
          if (kind === "tensor" && field === DATA_TYPE && type !== undefined) types.add(type);
          break;
        }
        case WIRE.eightBytes:
          from.at += 8;
          break;
        case WIRE.fourBytes:
          from.at += 4;
          break;
        default:
          throw new RangeError(`a field of the unknown kind ${tag % 8}`);
      }
    }
  }
}
