/** A tiny SD 1.x checkpoint in one half-precision file against goldens computed with diffusers 0.42.1 on torch 2.13.0. */

import { createHash } from "node:crypto";
import { readFile, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CHECKPOINT,
  checkpointFolder,
  editedCheckpoint,
  renameTensor,
  SINGLE_FILE_FOLDER,
  TEXT,
  VAE,
} from "../../test/support/edited-checkpoint.ts";
import { largestDifference } from "../../test/support/golden.ts";
import { batch, PROMPT, tokenIds } from "../../test/support/golden-inputs.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { DiffusionModel } from "./model.ts";
import { openModel } from "./open-model.ts";
import { readFloats, readSafetensors, type SafetensorsFile } from "./safetensors.ts";
import { readSingleFile } from "./single-file.ts";

const INPUTS = fileURLToPath(new URL("../../test/fixtures/tiny-sd15/inputs.safetensors", import.meta.url));
/** Absolute, at values of order 1: two correct fp32 implementations of one network stay within it. */
const TOLERANCE = 2e-5;

let model: DiffusionModel;
let golden: SafetensorsFile;
let inputs: SafetensorsFile;

beforeAll(async () => {
  model = await openModel(CHECKPOINT, { device: "cpu" });
  golden = await readSafetensors(join(SINGLE_FILE_FOLDER, "golden.safetensors"));
  inputs = await readSafetensors(INPUTS);
});
afterAll(async () => await model.release());

async function predict(timestep: number): Promise<Tensor> {
  const text = await model.encodeText(tokenIds(PROMPT), 0);
  return await model.predict(await readFloats(inputs, "latent"), timestep, text);
}

async function predictTwo(first: Tensor, second: Tensor, timestep: number): Promise<Tensor> {
  const text = batch(await model.encodeText(tokenIds([]), 0), await model.encodeText(tokenIds(PROMPT), 0));
  return await model.predict(batch(first, second), timestep, text);
}

const networks: Record<string, () => Promise<Tensor>> = {
  "text.last_hidden_state": async () => await model.encodeText(tokenIds(PROMPT), 0),
  "text.uncond": async () => await model.encodeText(tokenIds([]), 0),
  "text.clip_skip2": async () => await model.encodeText(tokenIds(PROMPT), 1),
  "unet.out.t501": async () => await predict(501),
  "unet.out.t999": async () => await predict(999),
  "unet.out.t0": async () => await predict(0),
  "unet.out.t37.5": async () => await predict(37.5),
  "unet.out.batch2.t501": async () =>
    await predictTwo(await readFloats(inputs, "latent"), await readFloats(inputs, "noise"), 501),
};

describe("a single-file checkpoint", () => {
  it.each(Object.entries(networks))("gives the golden %s", async (name, compute) => {
    expect(largestDifference(await compute(), await readFloats(golden, name))).toBeLessThan(TOLERANCE);
  });

  it("is held against every golden of a single network but the pooled text, which Stable Diffusion 1.x does not use", () => {
    const single = [...golden.tensors.keys()].filter((name) => !name.startsWith("img2img."));
    expect(single.filter((name) => !(name in networks))).toEqual(["text.pooler_output"]);
  });

  it("tells what samplers and prompts need", async () => {
    const { alphasCumprod, hash, ...info } = model.info;
    expect(info).toEqual({
      name: "tiny-fp16",
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
      // position_ids, noise tables and counters are not counted.
      parameters: { textEncoder: 51_616, unet: 792_964, vae: 658_375 },
      provider: "cpu",
      precision: "fp32",
    });
    expect(alphasCumprod[0]).toBeCloseTo(1 - 0.00085, 12);
    expect(alphasCumprod.at(-1)).toBeCloseTo(0.0046599, 6);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is rendered from where it lies: no file is written beside it, no weight copied into the graph", async () => {
    const { unet, vae, textEncoders } = await readSingleFile(CHECKPOINT);
    expect(new Set([unet, vae, ...textEncoders].map(({ weights }) => weights.path))).toEqual(
      new Set([CHECKPOINT]),
    );
    expect(await readdir(SINGLE_FILE_FOLDER)).toEqual([
      "README.md",
      "golden.safetensors",
      "tiny-fp16.safetensors",
      "tokenizer",
    ]);
    const taken = unet.weights.take("conv_in.weight", [32, 4, 3, 3]);
    expect(taken).toMatchObject({ type: "F16", path: CHECKPOINT, byteLength: 2 * 32 * 4 * 9 });
  });
});

describe("checkpoints that other programs wrote", () => {
  it("may be reached through a link, and are named after it", async () => {
    const link = join(await checkpointFolder(), "My Model.safetensors");
    await symlink(CHECKPOINT, link);
    const { name, unet } = await readSingleFile(link);
    expect(name).toBe("My Model");
    expect(unet.weights.path).toBe(CHECKPOINT);
  });

  it("may leave out `text_model.` in the names of the text encoder", async () => {
    const file = await editedCheckpoint((header) => {
      for (const name of Object.keys(header)) {
        if (name.startsWith(TEXT)) renameTensor(header, name, name.replace("text_model.", ""));
      }
    });
    const old = await openModel(file, { device: "cpu" });
    const hidden = await old.encodeText(tokenIds(PROMPT), 0);
    await old.release();
    expect(hidden).toEqual(await model.encodeText(tokenIds(PROMPT), 0));
  });

  it("may store the VAE's attention as matrices", async () => {
    const file = await editedCheckpoint((header) => {
      for (const part of ["encoder", "decoder"]) {
        header[`${VAE}${part}.mid.attn_1.q.weight`]!.shape = [64, 64];
      }
    });
    expect((await readSingleFile(file)).vae.config).toEqual((await readSingleFile(CHECKPOINT)).vae.config);
  });

  it("may mix number formats", async () => {
    // The halves of a fp32 table read as bf16 are numbers as well, if not the same ones.
    const file = await editedCheckpoint((header) => {
      header[`${VAE}quant_conv.bias`]!.dtype = "BF16";
    });
    const { vae } = await readSingleFile(file);
    expect(vae.weights.types).toEqual(["BF16", "F16"]);
    expect(vae.weights.take("quant_conv.bias", [8]).type).toBe("BF16");
  });

  it("may say by empty tensors that they predict velocity up to pure noise", async () => {
    const file = await editedCheckpoint((header) => {
      header["v_pred"] = { dtype: "F32", shape: [0], data_offsets: [0, 0] };
      header["ztsnr"] = { dtype: "F32", shape: [0], data_offsets: [0, 0] };
    });
    const { schedule } = await readSingleFile(file);
    expect(schedule.prediction).toBe("v_prediction");
    expect(schedule.alphasCumprod.at(-1)).toBe(2 ** -24);
  });

  it("are hashed as model sites do, and together with a tokenizer of their own", async () => {
    const own = (await readSingleFile(CHECKPOINT)).hash;
    const plain = createHash("sha256")
      .update(await readFile(CHECKPOINT))
      .digest("hex");
    expect(own).not.toBe(plain);
    expect((await readSingleFile(await editedCheckpoint(() => {}))).hash).not.toBe(own);

    const clip = await clipCheckpoint();
    const { hash, tokenizer } = await readSingleFile(clip);
    expect(hash).toBe(
      createHash("sha256")
        .update(await readFile(clip))
        .digest("hex"),
    );
    expect(tokenizer.encode("a superhero")).toEqual([320, 14_049]);
  });
});

/** A checkpoint with CLIP's 49,408 tokens: the tiny one with a longer table. */
async function clipCheckpoint(): Promise<string> {
  const table = `${TEXT}embeddings.token_embedding.weight`;
  const bytes = 49_408 * 32 * 2;
  return await editedCheckpoint((header, dataLength) => {
    // The short table stays as a tensor that nothing asks for.
    renameTensor(header, table, "short");
    header[table] = { dtype: "F16", shape: [49_408, 32], data_offsets: [dataLength, dataLength + bytes] };
  }, Buffer.alloc(bytes));
}
