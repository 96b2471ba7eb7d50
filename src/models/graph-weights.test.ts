import { open, readFile, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { readGraphWeights } from "./graph-weights.ts";
import {
  AttributeProto_AttributeType,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from "./onnx_pb.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));
const FILES = ["a", "b", "c", "d", "e", "f", "g"];
const { FLOAT, FLOAT16, INT64 } = TensorProto_DataType;

type Model = MessageInitShape<typeof ModelProtoSchema>;

async function graphFile(model: Model, beside: readonly string[] = []): Promise<string> {
  const folder = await temporaryFolder();
  const file = join(folder, "model.onnx");
  await writeFile(file, toBinary(ModelProtoSchema, create(ModelProtoSchema, model)));
  for (const name of beside) await writeFile(join(folder, name), "weights");
  return file;
}

function outside(location: string, dataType = FLOAT): TensorProto {
  return create(TensorProtoSchema, {
    name: location,
    dims: [1n],
    dataType,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [
      { key: "offset", value: "0" },
      { key: "location", value: location },
    ],
  });
}

/** A graph with one weight in a node's attribute. */
function constant(weight: TensorProto): GraphProto {
  const attribute = { name: "value", type: AttributeProto_AttributeType.TENSOR, t: weight };
  return create(GraphProtoSchema, { node: [{ opType: "Constant", output: ["c"], attribute: [attribute] }] });
}

describe("the weights of a graph", () => {
  it("lie in the files that it names, wherever in it it names them", async () => {
    const branch = {
      name: "then_branch",
      type: AttributeProto_AttributeType.GRAPH,
      g: create(GraphProtoSchema, { ...constant(outside("e")), initializer: [outside("d", FLOAT16)] }),
    };
    const choice = create(NodeProtoSchema, { opType: "If", input: ["b"], attribute: [branch] });
    const file = await graphFile(
      {
        graph: {
          node: [...constant(outside("c")).node, choice],
          initializer: [outside("a"), outside("a"), outside("b", INT64)],
          sparseInitializer: [{ values: outside("f"), indices: outside("g", INT64) }],
        },
      },
      FILES,
    );
    const { files, types } = await readGraphWeights(file);
    expect(files).toEqual(FILES.map((name) => join(dirname(file), name)));
    expect(types).toEqual(["F16", "F32"]);
  });

  it("of optimum's exports lie in `model.onnx_data`, or in the graph itself", async () => {
    const unet = join(FIXTURES, "tiny-sd15-onnx/unet/model.onnx");
    expect(await readGraphWeights(unet)).toEqual({ files: [`${unet}_data`], types: ["F32"] });
    const decoder = join(FIXTURES, "tiny-sd15-onnx/vae_decoder/model.onnx");
    expect(await readGraphWeights(decoder)).toEqual({ files: [], types: ["F32"] });
  });

  it("are not read: gigabytes of them take no time", async () => {
    const graph = { initializer: [outside("beside")] };
    const file = await graphFile({ graph }, ["beside"]);
    const small = await readFile(file);
    // Another graph behind the first one, whose only weight has as many bytes as its header claims.
    const bytes = 5_000_000_000n;
    const weight = Buffer.concat([Buffer.from([0x4a]), varint(bytes)]);
    const initializer = Buffer.concat([Buffer.from([0x2a]), varint(bytes + BigInt(weight.length)), weight]);
    const header = Buffer.concat([
      Buffer.from([0x3a]),
      varint(bytes + BigInt(initializer.length)),
      initializer,
    ]);
    await writeFile(file, Buffer.concat([small, header]));
    await truncate(file, small.length + header.length + Number(bytes));
    const start = process.cpuUsage();
    expect((await readGraphWeights(file)).files).toHaveLength(1);
    expect(process.cpuUsage(start).user).toBeLessThan(200_000);
  });
});

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

describe("a graph is refused", () => {
  it.each(["../weights.bin", "sub/../../weights.bin", "/etc/hosts", ".."])(
    "that looks for weights at %s",
    async (location) => {
      const file = await graphFile({ graph: { initializer: [outside(location)] } });
      expect(await modelErrorOf(readGraphWeights(file))).toContain(
        `model.onnx: the graph looks for weights at \`${location}\`, outside its folder (The export is damaged`,
      );
    },
  );

  it("whose weights are not there, or are no file", async () => {
    const file = await graphFile({ graph: { initializer: [outside("gone.bin")] } });
    expect(await modelErrorOf(readGraphWeights(file))).toContain("`gone.bin`, are missing");
    await symlink("/dev/zero", join(dirname(file), "gone.bin"));
    expect(await modelErrorOf(readGraphWeights(file))).toContain("`gone.bin`, are missing");
  });

  it("that is none, or is not there", async () => {
    const file = await graphFile({});
    await writeFile(file, "no protobuf at all");
    expect(await modelErrorOf(readGraphWeights(file))).toContain("this is no ONNX model, or it is damaged");
    const missing = join(dirname(file), "missing.onnx");
    expect(await modelErrorOf(readGraphWeights(missing))).toContain("missing.onnx: this is no ONNX model");
  });

  it("whose messages lie in each other without end", async () => {
    const file = await graphFile({});
    let bytes = Buffer.alloc(0);
    // From within: a graph in an attribute in a node in a graph, and so on; the last one in the model.
    for (const field of [...Array.from({ length: 600 }, (_, i) => [0x32, 0x2a, 0x0a][i % 3]!), 0x3a]) {
      bytes = Buffer.concat([Buffer.from([field]), varint(BigInt(bytes.length)), bytes]);
    }
    await writeFile(file, bytes);
    expect(await modelErrorOf(readGraphWeights(file))).toContain("no ONNX model, or it is damaged");
  });

  it("or read, whatever its bytes are", async () => {
    const file = await graphFile({ graph: { initializer: [outside("a")] } }, ["a"]);
    const sound = await readFile(file);
    const damage = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(sound.length), async (changes, length) => {
        const bytes = Buffer.from(sound);
        for (const [at, value] of changes) bytes[at] = value;
        const handle = await open(file, "w");
        await handle.write(bytes.subarray(0, length));
        await handle.close();
        const outcome = await readGraphWeights(file).then(
          ({ files }) => files.length <= 1,
          (error: unknown) => error instanceof Error && error.constructor.name === "ModelError",
        );
        expect(outcome).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
