import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { onnxFile } from "../../test/support/onnx-file.ts";
import type { ByteImage } from "../tensor/image.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import { openOnnxFlow } from "./onnx-flow.ts";
import { FREE, type GraphBuilder, type Value } from "./onnx-graph.ts";
import type { FlowNetwork } from "./picture-networks.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/flow-networks/", import.meta.url));
const cpu = { device: "cpu" } as const;

type Sides = readonly [height: number, width: number];
const ANY: Sides = [FREE, FREE];

function planesInput(graph: GraphBuilder, name: string, [height, width]: Sides): Value {
  return graph.input(name, [1, 3, height, width]);
}

/**
 * A flow of red of the first picture and green of the second, as the first convolution sees them, or as the neighbor `step` pixels to the
 * right has them.
 */
function redAndGreen(graph: GraphBuilder, first: Value, second: Value, step = 0, name = "flow"): Value {
  const [, , height, width] = first.dims as [number, number, number, number];
  const both = graph.node("Concat", [first, second], [1, 6, height, width], {
    name: `${name}.both`,
    attributes: { axis: { int: 1 } },
  });
  const weights = new Float32Array(2 * 6 * 3);
  weights[1 + step] = 1;
  weights[6 * 3 + 4 * 3 + 1 + step] = 1;
  return graph.node(
    "Conv",
    [both, graph.constant(`${name}.w`, [2, 6, 1, 3], weights)],
    [1, 2, height, width],
    {
      name,
      attributes: { pads: { ints: [0, 1, 0, 1] } },
    },
  );
}

function pair(step = 0, sides = ANY) {
  return (graph: GraphBuilder) =>
    redAndGreen(graph, planesInput(graph, "image1", sides), planesInput(graph, "image2", sides), step);
}

/** A number or one per color. */
function calculate(graph: GraphBuilder, operator: string, value: Value, numbers: readonly number[]): Value {
  const name = `${value.name}.${operator}`;
  const dims = numbers.length === 1 ? [] : [1, numbers.length, 1, 1];
  const constant = graph.constant(`${name}.c`, dims, Float32Array.from(numbers));
  return graph.node(operator, [value, constant], value.dims, { name });
}

function noise(width: number, height: number, seed: number): ByteImage {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => ((i + seed) * 7919) % 256);
  return { width, height, data };
}

function flat(width: number, height: number, level: number): ByteImage {
  return { width, height, data: new Uint8Array(3 * width * height).fill(level) };
}

/** Opens the file, runs the pictures through it and releases it. */
async function flowOf(path: string, previous: ByteImage, next: ByteImage): Promise<Float32Array> {
  const network = await openOnnxFlow(path, previous, cpu);
  const flow = await network.estimate(previous, next);
  await network.release();
  return flow;
}

/** That the flow is what {@link redAndGreen} makes of the pictures, colors from −1 to 1. */
function expectRedAndGreen(flow: Float32Array, previous: ByteImage, next: ByteImage): void {
  expect(flow).toHaveLength(2 * previous.width * previous.height);
  let largest = 0;
  for (let i = 0; i < flow.length; i += 2) {
    const pixel = (3 * i) / 2;
    largest = Math.max(largest, Math.abs(flow[i]! - (previous.data[pixel]! / 127.5 - 1)));
    largest = Math.max(largest, Math.abs(flow[i + 1]! - (next.data[pixel + 1]! / 127.5 - 1)));
  }
  expect(largest).toBeLessThan(1e-6);
}

describe("a flow network in an ONNX file", () => {
  it("gives each pixel its own vector, whatever the size", async () => {
    const network = await openOnnxFlow(await onnxFile(pair()), { width: 64, height: 40 }, cpu);
    const side = fc.integer({ min: 1, max: 150 });
    await fc.assert(
      fc.asyncProperty(side, side, async (width, height) => {
        const [previous, next] = [noise(width, height, 0), noise(width, height, 5)];
        expectRedAndGreen(await network.estimate(previous, next), previous, next);
      }),
      { numRuns: 20 },
    );
    await network.release();
    expect(network.info).toEqual({
      name: "network",
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it.each([-1, 1])("sees the edge repeated beyond the picture, at step %i", async (step) => {
    const [width, height] = [141, 133];
    const picture = noise(width, height, 0);
    const flow = await flowOf(await onnxFile(pair(step)), picture, picture);
    for (const [x, y] of [
      [0, 0],
      [70, 66],
      [width - 1, height - 1],
    ] as const) {
      const neighbor = 3 * (y * width + Math.min(width - 1, Math.max(0, x + step)));
      expect(flow[2 * (y * width + x)]).toBeCloseTo(picture.data[neighbor]! / 127.5 - 1, 6);
    }
  });

  it.each([
    ["-1 to 1 as they are", [] as const],
    ["0 to 255, in three steps", [["Div", [255]] as const, ["Mul", [2]] as const, ["Sub", [1]] as const]],
    ["0 to 1", [["Mul", [2]] as const, ["Sub", [1]] as const]],
    [
      "0 to 255, by color",
      [["Sub", [127.5, 127.5, 127.5]] as const, ["Div", [127.5, 127.5, 127.5]] as const],
    ],
  ])("gets colors as it wants them: %s", async (_, steps) => {
    const path = await onnxFile((graph) => {
      const [first, second] = ["0", "1"].map((name) =>
        steps.reduce<Value>(
          (value, [operator, numbers]) => calculate(graph, operator, value, numbers),
          planesInput(graph, name, ANY),
        ),
      );
      return redAndGreen(graph, first!, second!);
    });
    const [previous, next] = [noise(130, 128, 0), noise(130, 128, 9)];
    expectRedAndGreen(await flowOf(path, previous, next), previous, next);
  });

  it("takes pictures and gives flows pixel by pixel, too", async () => {
    const path = await onnxFile((graph) => {
      const [first, second] = ["a", "b"].map((name) =>
        graph.node("Transpose", [graph.input(name, [1, FREE, FREE, 3])], [1, 3, FREE, FREE], {
          name: `${name}.planes`,
          attributes: { perm: { ints: [0, 3, 1, 2] } },
        }),
      );
      const flow = redAndGreen(graph, first!, second!, 0, "planes");
      return graph.node("Transpose", [flow], [1, FREE, FREE, 2], {
        name: "flow",
        attributes: { perm: { ints: [0, 2, 3, 1] } },
      });
    });
    const [previous, next] = [noise(131, 60, 0), noise(131, 60, 9)];
    expectRedAndGreen(await flowOf(path, previous, next), previous, next);
  });

  it("goes by the numbers in the names of its inputs, whichever comes first", async () => {
    const path = await onnxFile((graph) => {
      const second = planesInput(graph, "image2", ANY);
      return redAndGreen(graph, planesInput(graph, "image1", ANY), second);
    });
    const [previous, next] = [noise(40, 30, 0), noise(40, 30, 9)];
    expectRedAndGreen(await flowOf(path, previous, next), previous, next);
  });

  it("takes the last of several flows at the size of the picture", async () => {
    const path = await onnxFile((graph) => {
      const first = planesInput(graph, "image1", ANY);
      const second = planesInput(graph, "image2", ANY);
      const last = redAndGreen(graph, first, second, 0, "flow_1");
      const earlier = redAndGreen(graph, second, first, 0, "flow_0");
      const small = graph.node("AveragePool", [last], [1, 2, FREE, FREE], {
        name: "flow_small",
        attributes: { kernel_shape: { ints: [8, 8] }, strides: { ints: [8, 8] } },
      });
      return [earlier, last, small];
    });
    const [previous, next] = [noise(128, 128, 0), noise(128, 128, 9)];
    expectRedAndGreen(await flowOf(path, previous, next), previous, next);
  });

  it("made for one size gets pictures of that size, and its vectors grow with theirs", async () => {
    const path = await onnxFile(pair(0, [64, 96]));
    const flow = await flowOf(path, flat(192, 160, 255), flat(192, 160, 255));
    expect(flow).toHaveLength(2 * 192 * 160);
    for (let i = 0; i < flow.length; i += 2) {
      expect(flow[i]).toBeCloseTo(2, 6);
      expect(flow[i + 1]).toBeCloseTo(2.5, 6);
    }
  });

  // The fixture's weights are random, so that the flow is long and wild; computed with torch 2.13.0.
  it("gives what torch does for a RAFT of torchvision's layers, small, with 3 updates", async () => {
    const [previous, next] = [await readFixture("before"), await readFixture("after")];
    const bytes = await readFile(`${FIXTURES}flow_f32le.bin`);
    const golden = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const flow = await flowOf(`${FIXTURES}tiny-raft.onnx`, previous, next);
    expect(flow).toHaveLength(golden.length);
    const extent = golden.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(extent).toBeGreaterThan(0.5);
    let largest = 0;
    for (const [i, value] of golden.entries()) largest = Math.max(largest, Math.abs(value - flow[i]!));
    expect(largest).toBeLessThan(1e-4 * extent);
  });
});

async function readFixture(name: string): Promise<ByteImage> {
  return await readPngBytes(`${FIXTURES}${name}.png`);
}

async function open(path: string): Promise<FlowNetwork> {
  return await openOnnxFlow(path, { width: 64, height: 64 }, cpu);
}

describe("a file that is no flow network", () => {
  it("is refused with what it takes and gives", async () => {
    const one = await onnxFile((graph) => {
      const image = planesInput(graph, "pixel_values", [64, 64]);
      return graph.node("Relu", [image], image.dims, { name: "depth" });
    });
    const message = await modelErrorOf(open(one));
    expect(message).toContain("expected two pictures [1, 3, height, width]");
    expect(message).toContain(
      "found pixel_values float32 [1, 3, 64, 64] and outputs depth float32 [1, 3, 64, 64]",
    );
    const unequal = await onnxFile((graph) => {
      const [a, b] = [planesInput(graph, "a", [64, 64]), planesInput(graph, "b", [32, 64])];
      return [a, b].map((value) => graph.node("Relu", [value], value.dims, { name: `${value.name}.out` }));
    });
    expect(await modelErrorOf(open(unequal))).toContain("b float32 [1, 3, 32, 64]");
  });

  it("is refused when its colors or its result cannot be told", async () => {
    const unknown = await onnxFile((graph) => {
      const [first, second] = ["a", "b"].map((name) =>
        calculate(graph, "Sub", planesInput(graph, name, ANY), [0.5]),
      );
      return redAndGreen(graph, first!, second!);
    });
    expect(await modelErrorOf(open(unknown))).toContain(
      "cannot be told which numbers the flow network wants",
    );
    const depth = await onnxFile((graph) => {
      const flow = pair()(graph);
      return graph.node("ReduceMean", [flow, graph.integers([1])], [1, 1, FREE, FREE], { name: "depth" });
    });
    expect(await modelErrorOf(open(depth))).toContain(
      "expected a flow [1, 2, 128, 128] from the flow network, found depth [1, 1, 128, 128]",
    );
  });

  it("is refused when it cannot be run at the size of the render", async () => {
    const stubborn = await onnxFile((graph) => {
      const flow = pair()(graph);
      const grid = graph.constant("grid", [1, 2, 64, 64], new Float32Array(2 * 64 * 64));
      return graph.node("Add", [flow, grid], [1, 2, FREE, FREE], { name: "coords" });
    });
    const error = await open(stubborn).catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      where: stubborn,
      message: expect.stringContaining("ONNX Runtime failed in the flow network") as string,
      hint: "Export it with height and width as dynamic axes, or for 128×128.",
    });
  });

  it("is refused when it is damaged", async () => {
    const path = await onnxFile(pair());
    await writeFile(path, "no protobuf at all");
    expect(await modelErrorOf(open(path))).toContain("this is no ONNX model, or it is damaged");
  });
});
