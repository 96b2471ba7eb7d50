/** The four phases of an enlarged convolution against the enlargement and the convolution one after the other. */

import { assert, asyncProperty, boolean, integer, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { relativeError } from "../../test/support/golden.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { normalNoise } from "../tensor/random.ts";
import { elementCount, tensor, type Tensor } from "../tensor/tensor.ts";
import { enlargedConvolution } from "./enlarged-convolution.ts";
import type { Size } from "./layers.ts";
import type { LoraBranches } from "./lora-graph.ts";
import { GraphBuilder, weightsFolder } from "./onnx-graph.ts";
import { foldsWeights, openSession, result } from "./session.ts";
import { readSafetensors } from "./safetensors.ts";
import { writeSafetensors } from "./safetensors-writer.ts";
import { weightsIn } from "./weights.ts";

const TOLERANCE = 2e-6;
const RANK = 2;

function random(name: string, dims: readonly number[]): Tensor {
  return tensor(dims, normalNoise(1, name, elementCount(dims)));
}

interface Layer {
  readonly x: Tensor;
  readonly outChannels: number;
  readonly size: Size;
  readonly bias?: boolean;
  /** Weight of a LoRA on the convolution; none by default. */
  readonly lora?: number;
}

/** What the two layers give, and the operators that they became. */
async function run({ x, outChannels, size, bias = true, lora }: Layer, foldWeights: boolean) {
  const channels = x.dims[1]!;
  const file = `${await temporaryFolder()}/layer.safetensors`;
  const tensors = {
    "up.conv.weight": [outChannels, channels, 3, 3],
    "up.conv.bias": [outChannels],
    "lora.down": [RANK, channels, 3, 3],
    "lora.up": [outChannels, RANK, 1, 1],
  };
  await writeSafetensors(
    file,
    new Map(Object.entries(tensors).map(([name, dims]) => [name, random(name, dims)])),
  );
  const stored = await readSafetensors(file);
  const weights = weightsIn(file, stored, { spellings: [(name) => name], includes: () => true, hint: "" });
  const [down, up] = (["lora.down", "lora.up"] as const).map((name) => weights.take(name, tensors[name]));
  const branch = { down: down!, up: up!, scale: 1 };
  const loras: LoraBranches[] =
    lora === undefined ? [] : [{ input: "lora", layers: new Map([["up.conv", branch]]) }];
  const graph = new Recorder("layer");
  const network = { graph, weights: { ...weights, loras }, foldWeights };
  const paths = { enlargement: "up", convolution: "up.conv" };
  const y = enlargedConvolution(network, paths, graph.input("x", x.dims), size, { outChannels, bias });
  graph.output(graph.node("Identity", [y], y.dims, { name: "y" }));
  const session = await openSession("layer", graph.toBytes(), weightsFolder(weights.path), {
    provider: "cpu",
  });
  const fed = { x, ...(lora !== undefined && { lora: tensor([1], Float32Array.of(lora)) }) };
  const made = result(await session.run(fed), "y");
  await session.release();
  return { ...made, operators: graph.operators };
}

class Recorder extends GraphBuilder {
  readonly operators: string[] = [];

  override node(...[operator, ...rest]: Parameters<GraphBuilder["node"]>) {
    this.operators.push(operator);
    return super.node(operator, ...rest);
  }
}

const doubled = ({ dims }: Tensor): Size => ({ height: 2 * dims[2]!, width: 2 * dims[3]! });

describe("an enlarged convolution", () => {
  it("gives from the small picture what enlarging and convolving gives", async () => {
    const sizes = record({
      batch: integer({ min: 1, max: 2 }),
      channels: integer({ min: 1, max: 20 }),
      outChannels: integer({ min: 1, max: 20 }),
      height: integer({ min: 1, max: 9 }),
      width: integer({ min: 1, max: 9 }),
      bias: boolean(),
    });
    await assert(
      asyncProperty(sizes, async ({ batch, channels, outChannels, height, width, bias }) => {
        const x = random("x", [batch, channels, height, width]);
        const layer = { x, outChannels, size: doubled(x), bias };
        const [phases, plain] = [await run(layer, true), await run(layer, false)];
        expect(phases.operators).not.toContain("Resize");
        expect(plain.operators).toContain("Resize");
        expect(phases.dims).toEqual(plain.dims);
        expect(relativeError(phases.data, plain.data)).toBeLessThan(TOLERANCE);
      }),
      { numRuns: 25 },
    );
  });

  it("enlarges first where the size is not doubled", async () => {
    const x = random("x", [1, 4, 5, 4]);
    const layer = { x, outChannels: 3, size: { height: 9, width: 8 } };
    const [folding, plain] = [await run(layer, true), await run(layer, false)];
    expect(folding.operators).toEqual(plain.operators);
    expect(folding.data).toEqual(plain.data);
  });

  it("adds what a LoRA adds, and nothing at weight 0", async () => {
    const x = random("x", [1, 6, 4, 5]);
    const layer = { x, outChannels: 7, size: doubled(x) };
    const [without, off] = [await run(layer, true), await run({ ...layer, lora: 0 }, true)];
    expect(off.data).toEqual(without.data);
    const [phases, plain] = [
      await run({ ...layer, lora: 0.8 }, true),
      await run({ ...layer, lora: 0.8 }, false),
    ];
    expect(relativeError(phases.data, without.data)).toBeGreaterThan(0.1);
    expect(relativeError(phases.data, plain.data)).toBeLessThan(TOLERANCE);
  });
});

describe("foldsWeights", () => {
  it("is for the processor at full speed", () => {
    expect(foldsWeights({ provider: "cpu" })).toBe(true);
    expect(foldsWeights({ provider: "cuda" })).toBe(false);
    expect(foldsWeights({ provider: "cpu", lowMemory: true })).toBe(false);
    expect(foldsWeights({ provider: "cpu", optimization: "extended" })).toBe(false);
  });
});
