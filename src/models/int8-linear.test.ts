/** Linear layers in 8 bits: the arithmetic itself, and what it does to whole networks. */

import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { relativeError } from "../../test/support/golden.ts";
import { KOHYA_LORA } from "../../test/support/lora-file.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { normalNoise } from "../tensor/random.ts";
import { elementCount, tensor, type Tensor } from "../tensor/tensor.ts";
import { int8Linear, int8Weights, type Int8Weights } from "./int8-linear.ts";
import { linear } from "./layers.ts";
import type { DiffusionModel } from "./model.ts";
import { GraphBuilder, weightsFolder } from "./onnx-graph.ts";
import { openModel } from "./open-model.ts";
import { choosePrecision } from "./precision.ts";
import { openSession, result } from "./session.ts";
import { writeSafetensors } from "./safetensors-writer.ts";
import { readSafetensors } from "./safetensors.ts";
import { weightsIn } from "./weights.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../../test/fixtures/${name}/`, import.meta.url));

/** Those that are right on this processor. */
const FORMS: readonly Int8Weights[] =
  (await int8Weights()) === "signed" ? ["signed", "unsigned"] : ["unsigned"];

const opened: DiffusionModel[] = [];
afterAll(async () => await Promise.all(opened.map((model) => model.release())));

function random(name: string, dims: readonly number[]): Tensor {
  return tensor(dims, normalNoise(1, name, elementCount(dims)));
}

/** One layer `[rows, in]` → `[rows, out]`, with the bias. */
async function runLayer(form: typeof linear, x: Tensor, weight: Tensor, bias: Tensor): Promise<Float32Array> {
  const file = `${await temporaryFolder()}/layer.safetensors`;
  await writeSafetensors(
    file,
    new Map([
      ["layer.weight", weight],
      ["layer.bias", bias],
    ]),
  );
  const stored = await readSafetensors(file);
  const weights = weightsIn(file, stored, {
    spellings: [(name) => name],
    includes: () => true,
    hint: "",
  });
  const graph = new GraphBuilder("layer");
  const y = form({ graph, weights }, "layer", graph.input("x", x.dims), weight.dims[0]!);
  graph.output(graph.node("Identity", [y], y.dims, { name: "y" }));
  const session = await openSession("layer", graph.toBytes(), weightsFolder(weights.path), {
    provider: "cpu",
  });
  const { data } = result(await session.run({ x }), "y");
  await session.release();
  return data;
}

/** The definition, in JavaScript's doubles: ONNX's DynamicQuantizeLinear for x, symmetric steps of largest / 127 for each row of the weight. */
function byDefinition(x: Tensor, weight: Tensor, bias: Tensor): Float32Array {
  const [rows, width] = x.dims as [number, number];
  const [out] = weight.dims as [number];
  const least = Math.min(0, ...x.data);
  const scaleX = (Math.max(0, ...x.data) - least) / 255;
  const zeroX = roundEven(-least / scaleX);
  const xs = Array.from(x.data, (value) => Math.min(Math.max(roundEven(value / scaleX) + zeroX, 0), 255));
  return Float32Array.from({ length: rows * out }, (_, i) => {
    const [row, column] = [Math.floor(i / out), i % out];
    const own = weight.data.subarray(column * width, (column + 1) * width);
    const scale = Math.max(1e-30, ...Array.from(own, Math.abs)) / 127;
    let sum = 0;
    for (let k = 0; k < width; k++) sum += (xs[row * width + k]! - zeroX) * roundEven(own[k]! / scale);
    return sum * scaleX * scale + bias.data[column]!;
  });
}

function roundEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

describe.each(FORMS)("a linear layer in 8 bits, %s", (form) => {
  const x = random("x", [24, 96]);
  const weight = random("weight", [40, 96]);
  const bias = random("bias", [40]);
  // A row with a range of its own, and one of zeros.
  weight.data.subarray(96, 192).forEach((value, i, row) => (row[i] = 1000 * value));
  weight.data.fill(0, 192, 288);

  it("computes what its definition says, and the bias alone where a weight is zero", async () => {
    const found = await runLayer(int8Linear(form), x, weight, bias);
    expect(relativeError(found, byDefinition(x, weight, bias))).toBeLessThan(2e-5);
    expect(found.filter((_, i) => i % 40 === 2)).toEqual(new Float32Array(24).fill(bias.data[2]!));
  });

  it("is within 2 % of the exact one", async () => {
    const exact = await runLayer(linear, x, weight, bias);
    const error = relativeError(await runLayer(int8Linear(form), x, weight, bias), exact);
    expect(error).toBeLessThan(0.02);
    expect(error).toBeGreaterThan(0.0005);
  });

  it("stays exact for a few rows, such as the time embedding's", async () => {
    const row = random("row", [1, 96]);
    expect(await runLayer(int8Linear(form), row, weight, bias)).toEqual(
      await runLayer(linear, row, weight, bias),
    );
  });
});

describe("the form of weights in 8 bits", () => {
  it.runIf(FORMS.length === 2)("gives the same bits, one or the other", async () => {
    const [x, weight, bias] = [random("x", [24, 96]), random("weight", [40, 96]), random("bias", [40])];
    const signed = await runLayer(int8Linear("signed"), x, weight, bias);
    expect(signed).toEqual(await runLayer(int8Linear("unsigned"), x, weight, bias));
  });
});

describe("a UNet in 8 bits", () => {
  const LATENTS = random("latents", [2, 4, 16, 24]);
  const TEXT = random("text", [2, 77, 32]);

  async function predictions(model: DiffusionModel, ...weights: number[]): Promise<Float32Array[]> {
    opened.push(model);
    const found = [];
    for (const weight of weights) {
      model.setLoras(weight === 0 ? [] : [{ name: "style", weight, textWeight: 0 }]);
      found.push((await model.predict(LATENTS, 501, TEXT)).data);
    }
    return found;
  }

  it("is within 5 % of the exact one, in all number formats that files have", async () => {
    for (const path of [fixture("tiny-sd15"), `${fixture("tiny-sd15-singlefile")}tiny-fp16.safetensors`]) {
      const [exact] = await predictions(await openModel(path, { device: "cpu" }), 0);
      const [found] = await predictions(await openModel(path, { device: "cpu", precision: "int8" }), 0);
      const error = relativeError(found!, exact!);
      expect(error).toBeLessThan(0.05);
      expect(error).toBeGreaterThan(0.001);
    }
  });

  it("takes LoRAs in fp32 on top: the same change as in the exact one, and no bit of it at weight 0", async () => {
    const options = { device: "cpu", loras: [{ name: "style", file: KOHYA_LORA }] } as const;
    const path = fixture("tiny-sd15");
    const [plain] = await predictions(await openModel(path, { device: "cpu", precision: "int8" }), 0);
    const [without, styled] = await predictions(
      await openModel(path, { ...options, precision: "int8" }),
      0,
      1,
    );
    expect(without).toEqual(plain);
    const [, exact] = await predictions(await openModel(path, options), 0, 1);
    expect(relativeError(styled!, exact!)).toBeLessThan(0.05);
    expect(relativeError(styled!, plain!)).toBeGreaterThan(0.1);
  });
});

describe("precision int8", () => {
  it("is refused where it is not to be had, with the way out", () => {
    expect(() => choosePrecision("int8", "cuda")).toThrow("precision int8 is for the processor");
    expect(() => choosePrecision("int8", "webgpu")).toThrow("the model would run on webgpu");
    expect(() => choosePrecision("int8", "cpu", true)).toThrow("low_memory cannot be had together");
    expect(choosePrecision("int8", "cpu")).toBe("int8");
  });
});
