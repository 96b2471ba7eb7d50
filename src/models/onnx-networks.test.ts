/** Ready ONNX files, built here by our own graph builder: depth as the mean color, enlargement by repeated pixels. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { onnxFile } from "../../test/support/onnx-file.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import type { ByteImage } from "../tensor/image.ts";
import { resize, type Network } from "./layers.ts";
import type { GraphBuilder } from "./onnx-graph.ts";
import { AttributeProto_AttributeType, ModelProtoSchema, TensorProto_DataType } from "./onnx_pb.ts";
import { enlargeInTiles, spans } from "./picture-tiles.ts";
import { openDepthNetwork, openUpscaler } from "./open-picture-network.ts";

const cpu = { device: "cpu" } as const;

/** Mean of the three colors as they reach the network, `[1, height, width]`. */
function meanColor(height: number, width: number) {
  return (graph: GraphBuilder) => {
    const image = graph.input("pixel_values", [1, 3, height, width]);
    return graph.node("ReduceMean", [image, graph.integers([1])], [1, height, width], {
      name: "predicted_depth",
      attributes: { keepdims: { int: 0 } },
    });
  };
}

function repeated(height: number, width: number, scale = 2) {
  return (graph: GraphBuilder) => {
    const image = graph.input("input", [1, 3, height, width]);
    const network = { graph } as unknown as Network;
    return resize(network, "output", image, { height: scale * height, width: scale * width });
  };
}

function gradient(width: number, height: number): ByteImage {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < data.length; i++) data[i] = (i * 7919) % 256;
  return { width, height, data };
}

function gray(width: number, height: number, level: number): ByteImage {
  return { width, height, data: new Uint8Array(3 * width * height).fill(level) };
}

/** An input or output of numbers in half precision. */
function port(name: string, dims: readonly number[]) {
  const dim = dims.map((size) => ({ value: { case: "dimValue" as const, value: BigInt(size) } }));
  const tensorType = { elemType: TensorProto_DataType.FLOAT16, shape: { dim } };
  return { name, type: { value: { case: "tensorType" as const, value: tensorType } } };
}

describe("a depth network in an ONNX file", () => {
  it("sees colors by ImageNet's mean and deviation, and its map comes back at the picture's size", async () => {
    const network = await openDepthNetwork(await onnxFile(meanColor(32, 48)), cpu);
    expect(network.info).toMatchObject({ name: "network", output: "relative" });
    const map = await network.estimate(gray(20, 10, 255));
    await network.release();
    expect(map).toHaveLength(200);
    const expected = ((1 - 0.485) / 0.229 + (1 - 0.456) / 0.224 + (1 - 0.406) / 0.225) / 3;
    for (const value of map) expect(value).toBeCloseTo(expected, 5);
  });

  it("may be in half precision", async () => {
    const keepdims = { name: "keepdims", type: AttributeProto_AttributeType.INT, i: 0n };
    const model = create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ version: 18n }],
      graph: {
        name: "half",
        initializer: [{ name: "axes", dims: [1n], dataType: TensorProto_DataType.INT64, int64Data: [1n] }],
        node: [
          { opType: "ReduceMean", input: ["picture", "axes"], output: ["depth"], attribute: [keepdims] },
        ],
        input: [port("picture", [1, 3, 32, 48])],
        output: [port("depth", [1, 32, 48])],
      },
    });
    const path = join(await temporaryFolder(), "half.onnx");
    await writeFile(path, toBinary(ModelProtoSchema, model));
    const network = await openDepthNetwork(path, cpu);
    const map = await network.estimate(gray(48, 32, 255));
    await network.release();
    const expected = ((1 - 0.485) / 0.229 + (1 - 0.456) / 0.224 + (1 - 0.406) / 0.225) / 3;
    for (const value of map) expect(Math.abs(value - expected)).toBeLessThan(5e-3);
  });

  it("takes the normalization of a preprocessor_config.json one folder above", async () => {
    const path = await onnxFile(meanColor(32, 32));
    const config = { image_mean: [0.5, 0.5, 0.5], image_std: [0.25, 0.25, 0.25], do_resize: true };
    await writeFile(join(path, "../../preprocessor_config.json"), JSON.stringify(config));
    const network = await openDepthNetwork(path, cpu);
    const map = await network.estimate(gray(8, 8, 255));
    await network.release();
    expect(map[0]).toBeCloseTo(2, 5);
    await writeFile(join(path, "../../preprocessor_config.json"), '{ "image_std": [0, 0, 0] }');
    expect(await modelErrorOf(openDepthNetwork(path, cpu))).toContain(
      "expected the preprocessing of a depth model",
    );
  });

  it("gets a picture of 384 pixels along its longer side when it takes any size", async () => {
    const network = await openDepthNetwork(
      await onnxFile((graph) => {
        const image = graph.input("pixel_values", [1, 3, -1, -1]);
        // The width that arrives, as the map.
        const shape = graph.node("Shape", [image], [1], {
          name: "width",
          type: "I64",
          attributes: { start: { int: 3 }, end: { int: 4 } },
        });
        const width = graph.node("Cast", [shape], [1], {
          name: "width.float",
          attributes: { to: { int: 1 } },
        });
        const plane = graph.node("ReduceMean", [image, graph.integers([1])], [1, -1, -1], {
          name: "plane",
          attributes: { keepdims: { int: 0 } },
        });
        const zero = graph.node("Sub", [plane, plane], [1, -1, -1], { name: "zero" });
        return graph.node("Add", [zero, width], [1, -1, -1], { name: "map" });
      }),
      cpu,
    );
    const map = await network.estimate(gray(64, 36, 10));
    await network.release();
    expect(map).toHaveLength(64 * 36);
    expect(map[0]).toBe(384);
  });

  it("is refused when it is no network from pictures, or no ONNX file", async () => {
    const flat = await onnxFile((graph) => {
      const input = graph.input("tokens", [1, 77]);
      return graph.node("Relu", [input], [1, 77], { name: "out" });
    });
    expect(await modelErrorOf(openDepthNetwork(flat, cpu))).toContain("found tokens float32 [1, 77]");
    await writeFile(flat, "no protobuf at all");
    expect(await modelErrorOf(openDepthNetwork(flat, cpu))).toContain(
      "this is no ONNX model, or it is damaged",
    );
  });
});

describe("an upscaler in an ONNX file", () => {
  it("says its factor, and tiles leave no seam", async () => {
    const network = await openUpscaler(await onnxFile(repeated(48, 64)), cpu);
    expect(network.info.scale).toBe(2);
    for (const [width, height] of [
      [64, 48],
      [131, 97],
      [20, 30],
    ] as const) {
      const picture = gradient(width, height);
      const large = await network.enlarge(picture);
      expect(large).toMatchObject({ width: 2 * width, height: 2 * height });
      for (let y = 0, i = 0; y < 2 * height; y++) {
        for (let x = 0; x < 2 * width; x++, i += 3) {
          if (large.data[i] !== picture.data[3 * ((y >> 1) * width + (x >> 1))]) {
            expect.fail(`pixel ${x}, ${y} of ${width}×${height}`);
          }
        }
      }
    }
    await network.release();
  });

  it.each([
    ["tiles of one size", 32, 32, 4],
    ["tiles of a few pixels", 8, 16, 3],
    ["any size", -1, -1, 4],
  ])("that takes %s enlarges by its own factor without a seam", async (_title, height, width, scale) => {
    const file = await onnxFile((graph) => {
      const image = graph.input("input", [1, 3, height, width]);
      const sizes = graph.constant("scales", [4], Float32Array.of(1, 1, scale, scale));
      return graph.node("Resize", [image, null, sizes], [1, 3, scale * height, scale * width], {
        name: "output",
        attributes: {
          mode: { text: "nearest" },
          nearest_mode: { text: "floor" },
          coordinate_transformation_mode: { text: "asymmetric" },
        },
      });
    });
    const network = await openUpscaler(file, cpu);
    expect(network.info.scale).toBe(scale);
    const picture = gradient(75, 41);
    const large = await network.enlarge(picture);
    await network.release();
    expect(large).toMatchObject({ width: 75 * scale, height: 41 * scale });
    const wrong = Array.from({ length: 75 * 41 * scale * scale }, (_, i) => i).filter((i) => {
      const [x, y] = [i % (75 * scale), Math.floor(i / (75 * scale))];
      const source = 3 * (Math.floor(y / scale) * 75 + Math.floor(x / scale));
      return [0, 1, 2].some((c) => large.data[3 * i + c] !== picture.data[source + c]);
    });
    expect(wrong).toEqual([]);
  });

  it("that gives another size than it said is refused, not trusted", async () => {
    const lying = async () => gray(60, 60, 9);
    const work = enlargeInTiles(
      gray(40, 40, 1),
      { width: 32, height: 32 },
      { scale: 2, where: "a.onnx" },
      lying,
    );
    expect(await modelErrorOf(work)).toContain("expected 64×64 for 32×32, found 60×60");
  });

  it("is refused when it does not enlarge", async () => {
    const same = await onnxFile((graph) =>
      graph.node("Relu", [graph.input("x", [1, 3, 8, 8])], [1, 3, 8, 8], { name: "y" }),
    );
    expect(await modelErrorOf(openUpscaler(same, cpu))).toContain(
      "expected a picture at 2 to 8 times the size",
    );
  });

  it("cuts any line into tiles that cover it once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 512 }), (length, tile) => {
        let next = 0;
        for (const { start, from, to } of spans(length, tile)) {
          expect(from).toBe(next);
          expect(to).toBeGreaterThan(from);
          expect(start).toBeGreaterThanOrEqual(0);
          expect(start).toBeLessThanOrEqual(from);
          expect(to).toBeLessThanOrEqual(start + tile);
          next = to;
        }
        expect(next).toBe(length);
      }),
    );
  });
});
