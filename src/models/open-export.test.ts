/** Ready ONNX exports of optimum against the goldens of the model they were made from, computed with diffusers 0.42.1. */

import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { batch, PROMPT, tokenIds } from "../../test/support/golden-inputs.ts";
import { writeSdxlExport } from "../../test/support/sdxl-export.ts";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { type Tensor, zeros } from "../tensor/tensor.ts";
import { runEveryNetwork } from "./check-model.ts";
import type { DiffusionModel } from "./model.ts";
import { ModelProtoSchema, TensorProto_DataType } from "./onnx_pb.ts";
import { openExport } from "./open-export.ts";
import { openModel } from "./open-model.ts";
import { readExport } from "./read-export.ts";
import { readFloats, readSafetensors, type SafetensorsFile } from "./safetensors.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));
const FOLDER = join(FIXTURES, "tiny-sd15-onnx");
const TOLERANCE = 2e-5;

let model: DiffusionModel;
let golden: SafetensorsFile;
let inputs: SafetensorsFile;
beforeAll(async () => {
  model = await openModel(FOLDER, { device: "cpu" });
  golden = await readSafetensors(join(FIXTURES, "tiny-sd15/golden.safetensors"));
  inputs = await readSafetensors(join(FIXTURES, "tiny-sd15/inputs.safetensors"));
});
afterAll(async () => await model.release());

const prompt = () => model.encodeText(tokenIds(PROMPT), 0);
const latent = () => readFloats(inputs, "latent");
const moments = async () => await model.encodeImage(await readFloats(inputs, "image"));
const predict = async (timestep: number) => await model.predict(await latent(), timestep, await prompt());

async function predictTwo(): Promise<Tensor> {
  const text = batch(await model.encodeText(tokenIds([]), 0), await prompt());
  return await model.predict(batch(await latent(), await readFloats(inputs, "noise")), 501, text);
}

const networks: Record<string, () => Promise<Tensor>> = {
  "text.last_hidden_state": prompt,
  "text.uncond": () => model.encodeText(tokenIds([]), 0),
  "unet.out.t501": () => predict(501),
  "unet.out.t999": () => predict(999),
  "unet.out.t0": () => predict(0),
  "unet.out.t37.5": () => predict(37.5),
  "unet.out.batch2.t501": predictTwo,
  "vae.mean": async () => (await moments()).mean,
  "vae.logvar": async () => (await moments()).logvar,
  "vae.decode": async () => await model.decodeLatents(await latent()),
};

/** What an export does not give: hidden states of other layers; and loops, which are the same code for all models. */
const NOT_GIVEN = /^(text\.pooler_output|text\.clip_skip2|vae\.std|img2img|txt2img)/;

/** An input or output of numbers in double precision. */
const port = (name: string) => ({
  name,
  type: { value: { case: "tensorType" as const, value: { elemType: TensorProto_DataType.DOUBLE } } },
});

describe("a folder of ONNX exports", () => {
  it.each(Object.entries(networks))("gives the golden %s", async (name, compute) => {
    expect(largestDifference(await compute(), await readFloats(golden, name))).toBeLessThan(TOLERANCE);
  });

  it("gives every golden that it can", () => {
    const names = [...golden.tensors.keys()].filter((name) => !NOT_GIVEN.test(name));
    expect(Object.keys(networks).toSorted()).toEqual(names.toSorted());
  });

  it("says what samplers need", () => {
    expect(model.info).toMatchObject({
      family: "sd1",
      prediction: "epsilon",
      latentScale: 0.18215,
      vaeFactor: 2,
      textWidth: 32,
      parameters: null,
    });
    expect(model.info.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("runs every network in a check", async () => {
    const seen: string[] = [];
    for await (const { network } of runEveryNetwork(await readExport(FOLDER), model)) seen.push(network);
    expect(seen).toEqual(["text encoder", "UNet", "VAE encoder", "VAE decoder"]);
  });

  it("says what it cannot do", async () => {
    await expect(model.encodeText(tokenIds([]), 1)).rejects.toThrow("clip skip needs hidden states");
    const files = await readExport(FOLDER);
    const lora = { name: "hero", file: "hero.safetensors" };
    expect(await modelErrorOf(openExport(files, { loras: [lora] }))).toContain("which take no LoRAs");
    expect(await modelErrorOf(openExport(files, { embeddings: [lora] }))).toContain("take no embeddings");
    expect(await modelErrorOf(openExport(files, { vae: FOLDER }))).toContain("take no other VAE");
    expect(await modelErrorOf(openExport(files, { precision: "int8" }))).toContain(
      "no other precision (int8)",
    );
    const residuals = model.residualDims([1, 4, 16, 24]).map((dims) => zeros(dims));
    const text = await prompt();
    await expect(model.predict(await latent(), 1, text, { residuals })).rejects.toThrow(
      "take no ControlNets",
    );
    expect(() => model.setLoras([{ name: "hero", weight: 1, textWeight: 1 }])).toThrow("without the LoRA");
  });

  it("is refused in double precision", async () => {
    const folder = await mkdtemp(join(tmpdir(), "animate-export-"));
    onTestFinished(async () => await rm(folder, { recursive: true }));
    await cp(FOLDER, folder, { recursive: true });
    const graph = create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ version: 18n }],
      graph: {
        name: "decoder",
        node: [{ opType: "Identity", input: ["latent_sample"], output: ["sample"] }],
        input: [port("latent_sample")],
        output: [port("sample")],
      },
    });
    await writeFile(join(folder, "vae_decoder/model.onnx"), toBinary(ModelProtoSchema, graph));
    const double = await openModel(folder, { device: "cpu" });
    expect(await modelErrorOf(double.decodeLatents(await latent()))).toContain(
      "the input `latent_sample` of the VAE decoder is float64, expected float32 or float16 (Export the model in full or half precision",
    );
    await double.release();
  });

  it("is refused when a graph is missing or of another kind", async () => {
    const folder = await mkdtemp(join(tmpdir(), "animate-export-"));
    onTestFinished(async () => await rm(folder, { recursive: true }));
    await cp(FOLDER, folder, { recursive: true });
    await rm(join(folder, "vae_decoder/model.onnx"));
    expect(await modelErrorOf(openModel(folder))).toContain("the graph is missing");
  });
});

describe("a folder of ONNX exports of SDXL", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "animate-export-"));
    await writeSdxlExport(folder);
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  it("says what it is, and runs every network in a check", async () => {
    const files = await readExport(folder);
    const sdxl = await openExport(files, { device: "cpu" });
    expect(sdxl.info).toMatchObject({
      family: "sdxl",
      latentScale: 0.13025,
      textWidth: 64,
      textEncoders: [
        { width: 32, padToken: 999 },
        { width: 32, padToken: 0 },
      ],
      zeroEmptyNegative: true,
    });
    const seen: string[] = [];
    for await (const { network } of runEveryNetwork(files, sdxl)) seen.push(network);
    expect(seen).toEqual(["text encoder", "text encoder 2", "UNet", "VAE encoder", "VAE decoder"]);
    await sdxl.release();
  });

  it("reads texts as the diffusers layout does, and has no layer to skip", async () => {
    const [sdxl, own] = [
      await openModel(folder, { device: "cpu" }),
      await openModel(join(FIXTURES, "tiny-sdxl")),
    ];
    // Both encoders have two layers, of which SDXL reads the first.
    for (const encoder of [0, 1]) {
      const found = await sdxl.encodeText(tokenIds([1, 2, 3]), 0, encoder);
      expect(largestDifference(found, await own.encodeText(tokenIds([1, 2, 3]), 0, encoder))).toBeLessThan(
        TOLERANCE,
      );
    }
    await expect(sdxl.encodeText(tokenIds([]), 1)).rejects.toThrow("clip skip needs hidden states");
    await sdxl.release();
    await own.release();
  });

  it("is its refiner when the second text encoder is alone, and the widths must fit", async () => {
    await rm(join(folder, "text_encoder"), { recursive: true });
    expect(await modelErrorOf(readExport(folder))).toContain(
      "`cross_attention_dim` is 64, but `hidden_size` of the text encoder is 32",
    );
  });

  it("names the output that a text encoder lacks", async () => {
    // The encoder of SD 1.x gives no hidden states.
    await cp(join(FOLDER, "text_encoder/model.onnx"), join(folder, "text_encoder/model.onnx"));
    const sdxl = await openModel(folder, { device: "cpu" });
    expect(await modelErrorOf(sdxl.encodeText(tokenIds([]), 0))).toContain(
      "the text encoder does not give `hidden_states.1`, which SDXL needs (Export the model again",
    );
    await sdxl.release();
  });
});
