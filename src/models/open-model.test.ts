/** The networks of a tiny Stable Diffusion 1.x against goldens computed with diffusers 0.42.1 and transformers 5.23.0 on torch 2.13.0. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { batch, BEGIN, END, PROMPT, tokenIds } from "../../test/support/golden-inputs.ts";
import { RenderError } from "../errors.ts";
import { tensor, zeros, type Tensor } from "../tensor/tensor.ts";
import type { DiffusionModel } from "./model.ts";
import { openModel } from "./open-model.ts";
import { readFloats, readSafetensors, type SafetensorsFile } from "./safetensors.ts";

const FOLDER = fileURLToPath(new URL("../../test/fixtures/tiny-sd15/", import.meta.url));
/** Absolute, at values of order 1: two correct fp32 implementations of one network stay within it. */
const TOLERANCE = 2e-5;

let model: DiffusionModel;
let golden: SafetensorsFile;
let inputs: SafetensorsFile;

beforeAll(async () => {
  model = await openModel(FOLDER, { device: "cpu" });
  golden = await readSafetensors(join(FOLDER, "golden.safetensors"));
  inputs = await readSafetensors(join(FOLDER, "inputs.safetensors"));
});

afterAll(async () => await model.release());

/** Each golden of a single network, and how to compute it. Loops (img2img.*, txt2img.*) belong to the samplers. */
const networks: Record<string, () => Promise<Tensor>> = {
  "text.last_hidden_state": async () => await model.encodeText(tokenIds(PROMPT), 0),
  "text.uncond": async () => await model.encodeText(tokenIds([]), 0),
  // What user interfaces call "clip skip 2": the last layer is left off.
  "text.clip_skip2": async () => await model.encodeText(tokenIds(PROMPT), 1),
  "unet.out.t501": async () => await predict(501),
  "unet.out.t999": async () => await predict(999),
  "unet.out.t0": async () => await predict(0),
  "unet.out.t37.5": async () => await predict(37.5),
  "unet.out.batch2.t501": async () => {
    const latents = batch(await readFloats(inputs, "latent"), await readFloats(inputs, "noise"));
    const text = batch(await model.encodeText(tokenIds([]), 0), await model.encodeText(tokenIds(PROMPT), 0));
    return await model.predict(latents, 501, text);
  },
  "vae.mean": async () => (await encode()).mean,
  "vae.logvar": async () => (await encode()).logvar,
  "vae.std": async () => {
    const { logvar } = await encode();
    return tensor(
      logvar.dims,
      logvar.data.map((value) => Math.exp(value / 2)),
    );
  },
  "vae.decode": async () => await model.decodeLatents(await readFloats(inputs, "latent")),
};

async function predict(timestep: number): Promise<Tensor> {
  const text = await model.encodeText(tokenIds(PROMPT), 0);
  return await model.predict(await readFloats(inputs, "latent"), timestep, text);
}

async function encode() {
  return await model.encodeImage(await readFloats(inputs, "image"));
}

describe("the networks built from config.json and safetensors", () => {
  it.each(Object.entries(networks))("give the golden %s", async (name, compute) => {
    const expected = await readFloats(golden, name);
    expect(largestDifference(await compute(), expected)).toBeLessThan(TOLERANCE);
  });

  it("cover every golden of a single network but the pooled text, which Stable Diffusion 1.x does not use", () => {
    const single = [...golden.tensors.keys()].filter((name) => /^(text|unet|vae)\./.test(name));
    expect(single.filter((name) => !(name in networks))).toEqual(["text.pooler_output"]);
    expect(Object.keys(networks).filter((name) => !single.includes(name))).toEqual([]);
  });

  it("give the same bits whatever the number of threads", async () => {
    const single = await openModel(FOLDER, { device: "cpu", threads: 1 });
    const latent = await readFloats(inputs, "latent");
    const one = await single.decodeLatents(latent);
    await single.release();
    expect(one).toEqual(await model.decodeLatents(latent));
  });

  it.each([
    ["at level extended", { optimization: "extended" }],
    ["with low memory", { lowMemory: true }],
  ] as const)("give the same %s, within the same tolerance", async (_, options) => {
    const lean = await openModel(FOLDER, { device: "cpu", ...options });
    const found = await lean.decodeLatents(await readFloats(inputs, "latent"));
    await lean.release();
    const expected = await readFloats(golden, "vae.decode");
    expect(largestDifference(found, expected)).toBeLessThan(TOLERANCE);
  });
});

describe("an open model", () => {
  it("tells what samplers and prompts need", () => {
    const { alphasCumprod, hash, ...info } = model.info;
    expect(info).toEqual({
      name: "tiny-sd15",
      family: "sd1",
      prediction: "epsilon",
      stepsOffset: 1,
      latentScale: 0.18215,
      latentChannels: 4,
      vaeFactor: 2,
      textWidth: 32,
      textEncoders: [{ width: 32, padToken: 999 }],
      zeroEmptyNegative: false,
      inputChannels: 4,
      guidanceInput: false,
      textPositions: 77,
      parameters: { textEncoder: 51_616, unet: 792_964, vae: 658_375 },
      provider: "cpu",
      precision: "fp32",
    });
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(alphasCumprod).toHaveLength(1000);
  });

  it("speaks the token ids of its own vocabulary", () => {
    const { tokenizer } = model;
    expect([tokenizer.beginToken, tokenizer.endToken, tokenizer.padToken]).toEqual([BEGIN, END, END]);
    expect(tokenizer.encode("The  and of").every((id) => id < BEGIN)).toBe(true);
  });

  it("takes any latent size, odd ones too", async () => {
    const text = await model.encodeText(tokenIds(PROMPT), 0);
    const prediction = await model.predict(zeros([1, 4, 7, 5]), 10, text);
    expect(prediction.dims).toEqual([1, 4, 7, 5]);
  });

  it("takes prompts of several chunks", async () => {
    const text = await model.encodeText(tokenIds(PROMPT), 0);
    const twice = tensor([1, 154, 32], Float32Array.of(...text.data, ...text.data));
    const once = await model.predict(zeros([1, 4, 4, 4]), 10, text);
    const long = await model.predict(zeros([1, 4, 4, 4]), 10, twice);
    // Attention averages over positions, so the same positions twice change nothing.
    expect(largestDifference(long, once)).toBeLessThan(TOLERANCE);
  });

  it.each([
    [
      "token ids of another length",
      async () => await model.encodeText(tensor([1, 3], new BigInt64Array(3)), 0),
      "[1, 3], expected [batch, 77]",
    ],
    [
      "a token beyond the vocabulary",
      async () => await model.encodeText(tokenIds([1000]), 0),
      "token id 1000",
    ],
    [
      "a clip skip that leaves no layer",
      async () => await model.encodeText(tokenIds([]), 2),
      "clip skip is 2, expected 0 to 1",
    ],
    [
      "a latent with 3 channels",
      async () => await model.decodeLatents(zeros([1, 3, 4, 4])),
      "[1, 3, 4, 4], expected [batch, 4, height, width]",
    ],
    [
      "text of another width",
      async () => await model.predict(zeros([1, 4, 4, 4]), 1, zeros([1, 77, 768])),
      "expected [1, tokens, 32]",
    ],
    [
      "a picture of odd size",
      async () => await model.encodeImage(zeros([1, 3, 7, 8])),
      "8×7, expected multiples of 2",
    ],
    [
      "a latent that is not finite",
      async () => await model.decodeLatents(tensor([1, 4, 1, 1], Float32Array.of(NaN, 0, 0, 0))),
      "gave NaN",
    ],
  ])("refuses %s", async (_, run, message) => {
    const failure: unknown = await run().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RenderError);
    expect(String(failure)).toContain(message);
  });
});
