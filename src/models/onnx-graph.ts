/** Writes an ONNX graph: nodes with static shapes, small constants inline, weights left where they are in the model's own files. */

import { relative, parse, sep } from "node:path";
import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  type AttributeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "./onnx_pb.ts";

/** Has Gelu (20) and BF16 in all operators that move data; ONNX Runtime 1.30 knows up to 24. */
const OPSET = 21;
/** The IR version that came with opset 21. */
const IR_VERSION = 10n;

/** Number formats of values inside graphs. */
const ELEMENT_TYPES = {
  F32: TensorProto_DataType.FLOAT,
  F16: TensorProto_DataType.FLOAT16,
  BF16: TensorProto_DataType.BFLOAT16,
  I64: TensorProto_DataType.INT64,
  U8: TensorProto_DataType.UINT8,
  I8: TensorProto_DataType.INT8,
  BOOL: TensorProto_DataType.BOOL,
} as const;

export type ElementType = keyof typeof ELEMENT_TYPES;

/** What a graph computes in. Its inputs and outputs are F32 either way. */
export type Arithmetic = "F32" | "F16";

/** The size of a dimension that only a run decides, the same one throughout a graph. */
export const FREE = -1;

/** A value in a graph: what a node gives, an input, a weight or a constant. */
export interface Value {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: ElementType;
  /**
   * Of the same shape, still to be added: what LoRAs change about the value. The sum is made where the value is used, see
   * {@link GraphBuilder.settle}.
   */
  readonly delta?: Value;
}

/** Bytes of a tensor inside a file. */
export interface WeightReference {
  /** Tensor name, such as `conv_in.weight`. */
  readonly name: string;
  readonly type: "F32" | "F16" | "BF16";
  /** As the graph wants it; trailing dimensions of 1 may differ from what the file declares. */
  readonly dims: readonly number[];
  /** Absolute path without symbolic links. */
  readonly path: string;
  /** From the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
  /** Stored the other way round than layers name it: `dims` are those of the file, (in, out). */
  readonly transposed?: boolean;
}

/** An attribute of a node; ONNX tells whole numbers from fractions, JavaScript does not. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string };

/** What a node is besides its inputs. */
export interface NodeOptions {
  /** Module path of the layer, such as `down_blocks.0.resnets.0.conv1`; its output carries the same name. */
  readonly name: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Operator set: empty for ONNX, `com.microsoft` for ONNX Runtime's fused operators. */
  readonly domain?: "" | "com.microsoft";
  /** Of the output; default: the graph's arithmetic. */
  readonly type?: ElementType;
}

/** A graph under construction. Names must be unique; shapes are the caller's word and are checked by ONNX Runtime when it loads the graph. */
export class GraphBuilder {
  private readonly name: string;
  private readonly nodes: MessageInitShape<typeof NodeProtoSchema>[] = [];
  private readonly initializers = new Map<string, MessageInitShape<typeof TensorProtoSchema>>();
  private readonly inputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = [];
  private readonly outputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = [];
  private readonly settled = new Set<string>();
  private readonly casts = new Set<string>();
  private readonly arithmetic: Arithmetic;

  constructor(name: string, arithmetic: Arithmetic = "F32") {
    this.name = name;
    this.arithmetic = arithmetic;
  }

  /** A value fed at each run, in the graph's arithmetic. The same name twice is the same input. */
  input(name: string, dims: readonly number[], type: ElementType = "F32"): Value {
    const value = this.exactInput(name, dims, type);
    return type === "F32" ? this.toArithmetic(value) : value;
  }

  /** The same as it is fed: F32 also in a graph that computes in half precision. */
  exactInput(name: string, dims: readonly number[], type: ElementType = "F32"): Value {
    const value = { name, dims, type };
    if (!this.inputs.some((other) => other.name === name)) this.inputs.push(describe(value));
    return value;
  }

  /** A weight as it is stored: F32, F16 or BF16. */
  storedWeight({ name, type, dims, path, offset, byteLength }: WeightReference): Value {
    if (!this.initializers.has(name)) {
      this.initializers.set(name, {
        name,
        dataType: ELEMENT_TYPES[type],
        dims: dims.map(BigInt),
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [
          { key: "location", value: externalLocation(path) },
          { key: "offset", value: String(offset) },
          { key: "length", value: String(byteLength) },
        ],
      });
    }
    return { name, dims, type };
  }

  /** A weight in the graph's arithmetic. Casts of weights are folded when the session loads. */
  weight(reference: WeightReference): Value {
    return this.toArithmetic(this.storedWeight(reference));
  }

  toFloat(value: Value): Value {
    return this.cast(value, "F32", `${value.name}.float`);
  }

  toArithmetic(value: Value): Value {
    return this.arithmetic === "F32" ? this.toFloat(value) : this.cast(value, "F16", `${value.name}.half`);
  }

  private cast(value: Value, type: Arithmetic, name: string): Value {
    if (value.type === type) return value;
    const cast = { name, dims: value.dims, type };
    if (!this.casts.has(name)) {
      this.casts.add(name);
      this.addNode("Cast", [value], [cast], { name, attributes: { to: { int: ELEMENT_TYPES[type] } } });
    }
    return cast;
  }

  /** Small numbers inside the graph, floats in its arithmetic. The same name twice is the same constant. */
  constant(name: string, dims: readonly number[], values: Float32Array | BigInt64Array | Uint8Array): Value {
    const value = this.exactConstant(name, dims, values);
    return value.type === "F32" ? this.toArithmetic(value) : value;
  }

  /** The same as it is given: F32 also in a graph that computes in half precision. */
  exactConstant(
    name: string,
    dims: readonly number[],
    values: Float32Array | BigInt64Array | Uint8Array,
  ): Value {
    const type = values instanceof Float32Array ? "F32" : values instanceof Uint8Array ? "U8" : "I64";
    this.initializers.set(name, {
      name,
      dataType: ELEMENT_TYPES[type],
      dims: dims.map(BigInt),
      // ONNX wants little-endian, which every platform that Node and ONNX Runtime support together has.
      rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    });
    return { name, dims, type };
  }

  /** A list of whole numbers, as Reshape, Resize and Split take them; equal lists are stored once. */
  integers(values: readonly number[]): Value {
    return this.constant(`integers.${values.join("x")}`, [values.length], BigInt64Array.from(values, BigInt));
  }

  /**
   * Adds a node with one output.
   *
   * @param inputs null leaves an optional input out
   * @param dims shape of the output
   */
  node(
    operator: string,
    inputs: readonly (Value | null)[],
    dims: readonly number[],
    options: NodeOptions,
  ): Value {
    const output = { name: options.name, dims, type: options.type ?? this.arithmetic };
    this.addNode(operator, inputs, [output], options);
    return output;
  }

  /**
   * The value with its delta added. Kept apart until here, because ONNX Runtime merges a convolution with an addition behind it: the merged
   * node rounds differently, so a delta between the two would change the last bits even where it is 0.
   */
  settle(value: Value): Value {
    const { delta, ...bare } = value;
    if (delta === undefined) return value;
    const sum = { ...bare, name: `${value.name}.with_delta` };
    if (!this.settled.has(sum.name)) {
      this.settled.add(sum.name);
      // The delta first: of two convolutions it is the first that the addition is merged with.
      this.addNode("Add", [delta, bare], [sum], { name: sum.name });
    }
    return sum;
  }

  /** Cuts a value into two equal parts along an axis, named `<name>.0` and `<name>.1`. */
  halve(whole: Value, axis: number, name: string): [Value, Value] {
    const value = this.settle(whole);
    const dims = value.dims.map((size, i) => (i === axis ? size / 2 : size));
    const first = { ...value, name: `${name}.0`, dims };
    const second = { ...value, name: `${name}.1`, dims };
    this.addNode("Split", [value], [first, second], {
      name,
      attributes: { axis: { int: axis }, num_outputs: { int: 2 } },
    });
    return [first, second];
  }

  /** Makes a value a result of the graph, F32 whatever it was computed in. */
  output(value: Value): void {
    const settled = this.settle(value);
    this.outputs.push(describe(settled.type === "F16" ? this.widen(settled) : settled));
  }

  /** The value in F32 under its own name; the half goes by another from here on. */
  private widen(value: Value): Value {
    const half = { ...value, name: `${value.name}.half` };
    const rename = (names: string[] = []): string[] =>
      names.map((name) => (name === value.name ? half.name : name));
    for (const node of this.nodes) {
      node.input = rename(node.input);
      node.output = rename(node.output);
    }
    const wide = { ...value, type: "F32" } as const;
    this.addNode("Cast", [half], [wide], {
      name: `${value.name}.float`,
      attributes: { to: { int: ELEMENT_TYPES.F32 } },
    });
    return wide;
  }

  /** The model in ONNX's protobuf form, a few hundred KB for SD 1.5. */
  toBytes(): Uint8Array {
    const model = create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: "animate",
      opsetImport: [
        { domain: "", version: BigInt(OPSET) },
        { domain: "com.microsoft", version: 1n },
      ],
      graph: {
        name: this.name,
        node: this.nodes,
        initializer: [...this.initializers.values()],
        input: this.inputs,
        output: this.outputs,
      },
    });
    return toBinary(ModelProtoSchema, model);
  }

  private addNode(
    operator: string,
    inputs: readonly (Value | null)[],
    outputs: readonly Value[],
    { name, attributes = {}, domain = "" }: NodeOptions,
  ): void {
    const settled = inputs.map((input) => (input === null ? null : this.settle(input)));
    this.nodes.push({
      name,
      opType: operator,
      domain,
      input: settled.map((input) => input?.name ?? ""),
      output: outputs.map((output) => output.name),
      attribute: Object.entries(attributes).map(([key, attribute]) => encodeAttribute(key, attribute)),
    });
  }
}

function encodeAttribute(name: string, attribute: Attribute): MessageInitShape<typeof AttributeProtoSchema> {
  if ("int" in attribute) {
    return { name, type: AttributeProto_AttributeType.INT, i: BigInt(attribute.int) };
  }
  if ("float" in attribute) {
    return { name, type: AttributeProto_AttributeType.FLOAT, f: attribute.float };
  }
  if ("ints" in attribute) {
    return { name, type: AttributeProto_AttributeType.INTS, ints: attribute.ints.map(BigInt) };
  }
  return { name, type: AttributeProto_AttributeType.STRING, s: new TextEncoder().encode(attribute.text) };
}

function describe({ name, dims, type }: Value): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = dims.map((size) =>
    size === FREE
      ? { value: { case: "dimParam" as const, value: "free" } }
      : { value: { case: "dimValue" as const, value: BigInt(size) } },
  );
  return {
    name,
    type: { value: { case: "tensorType", value: { elemType: ELEMENT_TYPES[type], shape: { dim } } } },
  };
}

/**
 * Where ONNX Runtime shall look for external data: it refuses absolute locations and ways out of its folder, so the folder is
 * the root of the file system (see `weightsFolder`) and the location is the rest of the absolute path.
 */
function externalLocation(path: string): string {
  return relative(parse(path).root, path).replaceAll(sep, "/");
}

/** The folder that locations in graphs are relative to: the root of the file system, or of the drive. */
export function weightsFolder(path: string): string {
  return parse(path).root;
}
