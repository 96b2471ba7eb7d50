/** ONNX files of users: what could run without end, read other files, or ask for more than there is, is refused before ONNX Runtime sees it. */

import { cp, link, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openPictureNetwork } from "../../src/control/picture-network.ts";
import { RenderError } from "../../src/errors.ts";
import { openCaptioner } from "../../src/models/captioner.ts";
import { openOnnxAesthetic } from "../../src/models/onnx-aesthetic.ts";
import { openOnnxDepth } from "../../src/models/onnx-depth.ts";
import { openOnnxDetector } from "../../src/models/onnx-detector.ts";
import { loadOnnx } from "../../src/models/onnx-file.ts";
import { openOnnxFlow } from "../../src/models/onnx-flow.ts";
import { openOnnxUpscaler } from "../../src/models/onnx-upscaler.ts";
import { TensorProto_DataLocation, TensorProto_DataType } from "../../src/models/onnx_pb.ts";
import { openSessionFile } from "../../src/models/session.ts";
import { openSubjectFinder } from "../../src/models/subject-finder.ts";
import { openWordFinder } from "../../src/models/word-finder.ts";
import { modelErrorOf } from "../support/model-error.ts";
import {
  branch,
  bytesOf,
  type OnnxGraph,
  pictureGraph,
  wholeNumbers,
  writeOnnx,
} from "../support/onnx-model.ts";

const CAPTIONER = fileURLToPath(new URL("../fixtures/captioners/vit-gpt2", import.meta.url));
const CPU = { device: "cpu" } as const;
const { FLOAT } = TensorProto_DataType;
const SOUND = { opType: "Relu", input: ["picture"], output: ["result"] };

/** Opens it as every network of a user is opened, and runs it once. */
async function use(path: string): Promise<void> {
  const { session } = await loadOnnx("network", path, CPU);
  try {
    await session.run({ picture: { dims: [1, 3, 8, 8], data: new Float32Array(192) } });
  } finally {
    await session.release();
  }
}

async function refusalOf(graph: OnnxGraph): Promise<string> {
  return await modelErrorOf(use(await writeOnnx(bytesOf(graph))));
}

/** Repeats `Relu` 2⁶² times. */
function endless(): OnnxGraph {
  const body = {
    name: "body",
    node: [
      { opType: "Identity", input: ["going"], output: ["goes"] },
      { opType: "Relu", input: ["state"], output: ["next"] },
    ],
    input: [{ name: "count" }, { name: "going" }, { name: "state" }],
    output: [{ name: "goes" }, { name: "next" }],
  };
  return pictureGraph(
    [
      {
        opType: "Loop",
        input: ["times", "", "picture"],
        output: ["result"],
        attribute: [branch("body", body)],
      },
    ],
    { initializer: [wholeNumbers("times", [2n ** 62n])] },
  );
}

it("a sound graph of the same making opens and runs", async () => {
  await use(await writeOnnx(bytesOf(pictureGraph([SOUND]))));
});

describe("a loop of 2⁶² rounds", () => {
  it.each<readonly [string, (path: string) => Promise<unknown>]>([
    ["a depth network", (path) => openOnnxDepth(path, CPU)],
    ["an upscaler", (path) => openOnnxUpscaler(path, CPU)],
    ["a flow network", (path) => openOnnxFlow(path, { width: 8, height: 8 }, CPU)],
    ["a detector", (path) => openOnnxDetector(path, CPU)],
    ["an aesthetic predictor", (path) => openOnnxAesthetic(path, CPU)],
    ["a preprocessor of ControlNets", (path) => openPictureNetwork(path, CPU)],
    ["a network for text masks", (path) => openWordFinder(path, CPU)],
    ["a network for subjects", (path) => openSubjectFinder(path, CPU)],
    ["a graph of an export", (path) => openSessionFile("UNet", path, { provider: "cpu" })],
    [
      "a captioner",
      async (path) => {
        const folder = join(dirname(path), "captioner");
        await cp(CAPTIONER, folder, { recursive: true });
        await rename(path, join(folder, "encoder_model.onnx"));
        return await openCaptioner(folder, CPU);
      },
    ],
  ])("is refused at once in %s", async (_, open) => {
    const error = await modelErrorOf(open(await writeOnnx(bytesOf(endless()))));
    expect(error).toMatch(
      /\.onnx: expected operators of networks .*, found `Loop` in the graph \(Graphs that loop/,
    );
  });

  it("is found in a branch of a branch, and in a node that says its operator twice", async () => {
    const inner = pictureGraph([
      { opType: "If", input: ["picture"], attribute: [branch("else_branch", endless())] },
    ]);
    const outer = pictureGraph([
      { opType: "If", input: ["picture"], attribute: [branch("then_branch", inner)] },
    ]);
    expect(await refusalOf(outer)).toContain("found `Loop`");
    // The last of two counts; readers of the first would see a harmless one.
    const twice = Buffer.from(bytesOf(pictureGraph([{ ...SOUND, docString: '"\u0004Scan' }])));
    const at = twice.indexOf('"\u0004Scan');
    // The node's comment, field 6 of 6 bytes, becomes a second field 4: `Scan`.
    twice.set([0x22, 0x04, ...Buffer.from("Scan"), 0x32, 0x00], at - 2);
    expect(await modelErrorOf(use(await writeOnnx(twice)))).toContain("found `Scan`");
  });
});

describe("a graph is refused", () => {
  it.each([
    ["that repeats by a sequence", "SequenceMap", ""],
    ["that decodes files", "ImageDecoder", ""],
    ["that searches texts", "RegexFullMatch", ""],
    ["that searches by running graphs", "BeamSearch", "com.microsoft"],
    ["that calls Python", "PythonOp", "com.microsoft"],
    ["with operators of somebody's own", "Relu", "evil.example"],
    ["of trees", "TreeEnsemble", "ai.onnx.ml"],
    ["with a name that steers terminals", "\u001b[2JRelu", ""],
    ["without an operator", "", ""],
  ])("%s", async (_, opType, domain) => {
    const error = await refusalOf(pictureGraph([{ ...SOUND, opType, domain }]));
    expect(error).toContain("expected operators of networks for pictures and texts, found `");
    expect(error).not.toContain("\u001b");
  });

  it("with functions of its own, each of which calls the one before twice, 60 deep", async () => {
    const functions = Array.from({ length: 60 }, (_, depth) => ({
      // Under the names of ONNX's own operators.
      name: "Relu",
      domain: "",
      overload: String(depth),
      input: ["x"],
      output: ["z"],
      node: [
        { opType: "Relu", overload: String(depth - 1), input: ["x"], output: ["y"] },
        { opType: "Relu", overload: String(depth - 1), input: ["y"], output: ["z"] },
      ],
    }));
    const path = await writeOnnx(bytesOf(pictureGraph([{ ...SOUND, overload: "59" }]), functions));
    expect(await modelErrorOf(use(path))).toContain("found functions that the file defines itself");
  });

  it("that another reader would take for ONNX Runtime's own format, unless it is sound as ONNX", async () => {
    // Bytes 4 to 8 tell that format; here they lie in the name of who made the file.
    const sound = bytesOf(pictureGraph([SOUND]));
    const both = Buffer.concat([Buffer.from([0x12, 0x06, 0, 0]), Buffer.from("ORTM"), sound]);
    await use(await writeOnnx(both, "network.ort"));
    expect(
      await modelErrorOf(use(await writeOnnx(Buffer.from("\u0020\0\0\0ORTM\0\0\0\0", "latin1")))),
    ).toContain("this is no ONNX model, or it is damaged");
  });

  it("whose fields have numbers that other readers would cut to 32 bits", async () => {
    // Field 7, the graph, with a bit above the 32 that are kept.
    const graph = Buffer.from([0xba, 0x80, 0x80, 0x80, 0x10, 0x00]);
    expect(await modelErrorOf(use(await writeOnnx(graph)))).toContain(
      "this is no ONNX model, or it is damaged",
    );
  });

  it("of more memory than there is, when it runs", async () => {
    const size = wholeNumbers("size", [2n ** 20n, 2n ** 20n]);
    const path = await writeOnnx(
      bytesOf(
        pictureGraph(
          [
            { opType: "ConstantOfShape", input: ["size"], output: ["zeros"] },
            { opType: "ReduceSum", input: ["zeros"], output: ["zero"] },
            { opType: "Add", input: ["picture", "zero"], output: ["result"] },
          ],
          { initializer: [size] },
        ),
      ),
    );
    const error: unknown = await use(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RenderError);
    expect((error as RenderError).message).toBe("there is not enough memory for the network");
  });
});

/** A graph that adds 192 numbers from another file. */
async function graphWith(location: string, { offset = "0", length = "768" } = {}): Promise<string> {
  const weight = {
    name: "weight",
    dims: [1n, 3n, 8n, 8n],
    dataType: FLOAT,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [
      { key: "location", value: location },
      { key: "offset", value: offset },
      { key: "length", value: length },
    ],
  };
  const graph = pictureGraph([{ opType: "Add", input: ["picture", "weight"], output: ["result"] }], {
    initializer: [weight],
  });
  const path = await writeOnnx(bytesOf(graph));
  const folder = dirname(path);
  await mkdir(join(folder, "model"));
  const inside = join(folder, "model", "network.onnx");
  await writeFile(inside, await readFile(path));
  await rm(path);
  await writeFile(join(folder, "secret.bin"), Buffer.alloc(768));
  await writeFile(join(folder, "model", "weights.bin"), Buffer.alloc(768));
  return inside;
}

describe("weights beside a graph", () => {
  it("in a file of its own are read", async () => {
    await use(await graphWith("weights.bin"));
  });

  it("in a cache of downloads, where the files of a model are links into one folder, are found", async () => {
    const path = await graphWith("weights.bin");
    const snapshot = join(dirname(dirname(path)), "snapshot");
    await mkdir(snapshot);
    for (const name of ["network.onnx", "weights.bin"])
      await symlink(`../model/${name}`, join(snapshot, name));
    const { session } = await loadOnnx("network", join(snapshot, "network.onnx"), CPU);
    await session.release();
  });

  it.each([
    ["a way up", "../secret.bin", "outside its folder"],
    ["a way down and up", "sub/../../secret.bin", "outside its folder"],
    ["an absolute path", "/etc/hostname", "outside its folder"],
    ["a place in memory", "*/_ORT_MEM_ADDR_/*", "are missing"],
    ["a zero byte", "weights.bin\0.txt", "are missing"],
    ["a device", "../../../../../../../../../../dev/zero", "outside its folder"],
  ])("are refused at %s", async (_, location, message) => {
    expect(await modelErrorOf(use(await graphWith(location)))).toContain(message);
  });

  it("are refused as a link out of the folder, and as a second name of another file", async () => {
    const path = await graphWith("weights.bin");
    const weights = join(dirname(path), "weights.bin");
    const secret = join(dirname(dirname(path)), "secret.bin");
    await rm(weights);
    await symlink(secret, weights);
    expect(await modelErrorOf(use(path))).toContain("`weights.bin`, are a link to a file outside its folder");
    await rm(weights);
    await link(secret, weights);
    expect(await modelErrorOf(use(path))).toContain(
      "`weights.bin`, are a hard link: the file has 2 names (Put a copy",
    );
  });

  it.each([
    ["behind the end", { offset: "512" }],
    ["at a place past all counting", { offset: "9".repeat(30) }],
    ["of more bytes than there are", { length: "4000000000000" }],
    ["at a place that is no number", { offset: "here" }],
  ])("are refused %s of their file", async (_, place) => {
    expect(await modelErrorOf(use(await graphWith("weights.bin", place)))).toContain(
      "of `weights.bin`, which has 768",
    );
  });
});
