/** A tiny ControlNet against goldens computed with diffusers 0.42.1 on torch 2.13.0, and the graphs of the real size. */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { readWeightTable, tabledCheckpoint } from "../../test/support/weight-tables.ts";
import { elementCount, tensor, type Tensor } from "../tensor/tensor.ts";
import { readControlNetConfig } from "./controlnet-config.ts";
import { buildControlHint, buildControlNet } from "./controlnet.ts";
import { inferControlNetConfig, ldmControlNames } from "./ldm-controlnet.ts";
import type { DiffusionModel, Residuals } from "./model.ts";
import { type ControlNet, openControlNet } from "./open-controlnet.ts";
import { openModel } from "./open-model.ts";
import { readControlNet } from "./read-controlnet.ts";
import { readFloats, readSafetensors, type SafetensorsFile } from "./safetensors.ts";
import { writeSafetensors } from "./safetensors-writer.ts";
import { weightsIn, type Weights } from "./weights.ts";

const fixture = (path: string) => fileURLToPath(new URL(`../../test/fixtures/${path}`, import.meta.url));
const FOLDER = fixture("tiny-controlnet");
const WEIGHTS = join(FOLDER, "diffusion_pytorch_model.safetensors");
/** Absolute, at values of order 1: two correct fp32 implementations of one network stay within it. */
const TOLERANCE = 2e-5;

let model: DiffusionModel;
let network: ControlNet;
let golden: SafetensorsFile;
let latent: Tensor;
let text: Tensor;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-controlnet-"));
  model = await openModel(fixture("tiny-sd15"), { device: "cpu" });
  network = await openControlNet(FOLDER, model, { device: "cpu" });
  golden = await readSafetensors(join(FOLDER, "golden.safetensors"));
  latent = await readFloats(await readSafetensors(fixture("tiny-sd15/inputs.safetensors")), "latent");
  text = await readFloats(
    await readSafetensors(fixture("tiny-sd15/golden.safetensors")),
    "text.last_hidden_state",
  );
});
afterAll(async () => {
  await network.release();
  await model.release();
  await rm(folder, { recursive: true });
});

async function residualsOf(controlNet: ControlNet, scale = 1): Promise<Residuals> {
  const hint = await controlNet.readPicture(await readFloats(golden, "control_image"));
  return await controlNet.predict(latent, 501, text, hint, scale);
}

const RESIDUALS = ["down.0", "down.1", "down.2", "down.3", "mid"];

describe("a ControlNet", () => {
  it.each(RESIDUALS)("gives diffusers' controlnet.%s", async (name) => {
    const residuals = await residualsOf(network);
    const found = residuals[RESIDUALS.indexOf(name)]!;
    expect(largestDifference(found, await readFloats(golden, `controlnet.${name}`))).toBeLessThan(TOLERANCE);
  });

  it("changes the UNet's prediction as in diffusers", async () => {
    const prediction = await model.predict(latent, 501, text, { residuals: await residualsOf(network) });
    const expected = await readFloats(golden, "unet.out.t501.controlnet");
    expect(largestDifference(prediction, expected)).toBeLessThan(TOLERANCE);
    expect(largestDifference(prediction, await model.predict(latent, 501, text))).toBeGreaterThan(0.01);
  });

  it("multiplies all that it adds by the scale", async () => {
    const [whole, half] = [await residualsOf(network), await residualsOf(network, 0.5)];
    half.forEach((residual, i) => {
      const expected = { ...whole[i]!, data: whole[i]!.data.map((value) => value / 2) };
      expect(largestDifference(residual, expected)).toBeLessThan(1e-6);
    });
  });

  it("has residuals of the shapes that the UNet wants, also for odd sizes", async () => {
    const odd = tensor([2, 4, 7, 5], new Float32Array(280).fill(0.3));
    const both = tensor([2, ...text.dims.slice(1)], Float32Array.of(...text.data, ...text.data));
    const hint = await network.readPicture(tensor([1, 3, 14, 10], new Float32Array(420).fill(1)));
    const residuals = await network.predict(odd, 20.5, both, hint, 1);
    expect(residuals.map(({ dims }) => dims)).toEqual(model.residualDims(odd.dims));
    expect((await model.predict(odd, 20.5, both, { residuals })).dims).toEqual([2, 4, 7, 5]);
  });

  it("leaves the UNet's prediction as it is when all residuals are zero", async () => {
    const none = model
      .residualDims(latent.dims)
      .map((dims) => tensor(dims, new Float32Array(elementCount(dims))));
    const found = await model.predict(latent, 501, text, { residuals: none });
    expect(largestDifference(found, await model.predict(latent, 501, text))).toBeLessThan(1e-6);
  });

  it("reads the picture blue first where its config says so", async () => {
    const config = JSON.parse(await readFile(join(FOLDER, "config.json"), "utf8")) as object;
    await writeFile(
      join(folder, "config.json"),
      JSON.stringify({ ...config, controlnet_conditioning_channel_order: "bgr" }),
    );
    await writeFile(join(folder, "diffusion_pytorch_model.safetensors"), await readFile(WEIGHTS));
    const blueFirst = await openControlNet(folder, model, { device: "cpu" });
    const picture = await readFloats(golden, "control_image");
    const area = picture.data.length / 3;
    const channels = [2, 1, 0].map((channel) => picture.data.subarray(channel * area, (channel + 1) * area));
    const swapped = tensor(picture.dims, Float32Array.of(...channels.flatMap((channel) => [...channel])));
    const found = await blueFirst.readPicture(swapped);
    expect(largestDifference(found, await network.readPicture(picture))).toBe(0);
    await blueFirst.release();
  });

  it("is refused for a model of another family, with both widths named", async () => {
    const other: DiffusionModel = { ...model, info: { ...model.info, textWidth: 768 } };
    await expect(openControlNet(FOLDER, other)).rejects.toThrow(
      "is not for the model `tiny-sd15`: it was trained with texts of width 32, the model's are 768 wide",
    );
    const coarser: DiffusionModel = { ...model, info: { ...model.info, vaeFactor: 8 } };
    await expect(openControlNet(FOLDER, coarser)).rejects.toThrow(
      "one cell of 2 × 2 pixels, the model of 8 × 8",
    );
    const wider: DiffusionModel = { ...model, residualDims: () => [[1, 99, 1, 1]] };
    await expect(openControlNet(FOLDER, wider)).rejects.toThrow("its layers are 32, 32, 32, 64, 64 wide");
  });

  it("says what is missing", async () => {
    await expect(readControlNet(join(folder, "nowhere"))).rejects.toThrow("missing or cannot be read");
    await expect(readControlNet(fixture("tiny-sd15/golden.safetensors"))).rejects.toThrow("is no ControlNet");
  });
});

/** The tiny one's weights under the old names. */
async function writeOldLayout(path: string, prefix: string, leaveOut = ""): Promise<void> {
  const stored = await readSafetensors(WEIGHTS);
  const config = await readControlNetConfig(join(FOLDER, "config.json"));
  const rename = ldmControlNames(config, prefix);
  const tensors = new Map<string, Tensor>();
  for (const name of stored.tensors.keys()) {
    if (name !== leaveOut) tensors.set(rename(name), await readFloats(stored, name));
  }
  await writeSafetensors(path, tensors);
}

describe("a ControlNet in one file of the first release", () => {
  it.each(["control_model.", ""])("is read with names that begin with `%s`", async (prefix) => {
    const file = join(folder, `old${prefix.length}.safetensors`);
    await writeOldLayout(file, prefix);
    const old = await openControlNet(file, model, { device: "cpu" });
    expect(old.name).toBe(`old${prefix.length}`);
    expect(old.parameters).toBe(network.parameters);
    const [found, expected] = [await residualsOf(old), await residualsOf(network)];
    found.forEach((residual, i) => expect(largestDifference(residual, expected[i]!)).toBe(0));
    await old.release();
  });

  it("names the weight that is missing as the file would call it", async () => {
    const file = join(folder, "incomplete.safetensors");
    await writeOldLayout(file, "control_model.", "controlnet_mid_block.bias");
    await expect(readControlNet(file)).rejects.toThrow(
      "`control_model.middle_block_out.0.bias` [64] is missing",
    );
  });
});

describe("the ControlNet of Stable Diffusion 1.5", () => {
  it("asks for its 340 weights, 361 million values, under both names", async () => {
    const rows = readWeightTable("sd15-controlnet");
    const stored = tabledCheckpoint(rows, "/canny.safetensors");
    const config = inferControlNetConfig(stored, "control_model.");
    const file = join(folder, "sd15.json");
    await writeFile(file, JSON.stringify({ _class_name: "ControlNetModel", cross_attention_dim: 768 }));
    expect(config).toEqual(await readControlNetConfig(file));

    const asked = new Map<string, string>();
    const rename = ldmControlNames(config, "control_model.");
    const all = weightsIn("/canny.safetensors", stored, {
      spellings: [rename],
      includes: () => true,
      hint: "",
    });
    const weights: Weights = {
      ...all,
      take(name, dims) {
        asked.set(name, `${dims.join("x")} ${rename(name)}`);
        return all.take(name, dims);
      },
    };
    buildControlHint(config, weights, { height: 512, width: 512 });
    buildControlNet(config, weights, { batch: 2, height: 64, width: 64, tokens: 77 });
    expect(asked).toEqual(
      new Map(rows.map(({ name, dims, ldmName }) => [name, `${dims.join("x")} ${ldmName}`])),
    );
    expect(asked.size).toBe(340);
    expect(weights.parameters).toBe(361_279_120);
  });
});
