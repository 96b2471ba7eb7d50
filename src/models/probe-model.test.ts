/** Probing gives the goldens that diffusers 0.42.1 gave for the same tensors. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpointFolder } from "../../test/support/edited-checkpoint.ts";
import { largestDifference } from "../../test/support/golden.ts";
import { PROMPT, tokenIds } from "../../test/support/golden-inputs.ts";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { tensor, type IntTensor, type Tensor } from "../tensor/tensor.ts";
import type { DiffusionModel } from "./model.ts";
import { openModel } from "./open-model.ts";
import { probeModel } from "./probe-model.ts";
import { readFloats, readSafetensors, type SafetensorsFile } from "./safetensors.ts";
import { writeSafetensors } from "./safetensors-writer.ts";

const FOLDER = fileURLToPath(new URL("../../test/fixtures/tiny-sd15/", import.meta.url));
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

type Given = Record<string, Tensor | IntTensor>;

async function probe(given: Given) {
  const path = join(await checkpointFolder(), "in.safetensors");
  await writeSafetensors(path, new Map(Object.entries(given)));
  return await probeModel(model, await readSafetensors(path));
}

async function allInputs() {
  return {
    "text.input_ids": tokenIds(PROMPT),
    "unet.sample": await readFloats(inputs, "latent"),
    "unet.timestep": tensor([1], Float32Array.of(501)),
    "unet.encoder_hidden_states": await readFloats(golden, "text.last_hidden_state"),
    "vae.image": await readFloats(inputs, "image"),
    "vae.latents": await readFloats(inputs, "latent"),
  };
}

describe("probing a model", () => {
  it("gives the output of every network", async () => {
    const { outputs, unused } = await probe(await allInputs());
    const expected = {
      "text.last_hidden_state": "text.last_hidden_state",
      "unet.out": "unet.out.t501",
      "vae.mean": "vae.mean",
      "vae.decode": "vae.decode",
    };
    expect([...outputs.keys()]).toEqual(Object.keys(expected));
    for (const [name, goldenName] of Object.entries(expected)) {
      const difference = largestDifference(outputs.get(name)!, await readFloats(golden, goldenName));
      expect(difference, name).toBeLessThan(TOLERANCE);
    }
    expect(unused).toEqual([]);
  });

  it("runs only the networks whose inputs are there, and names what it did not use", async () => {
    const { "vae.image": image } = await allInputs();
    const { outputs, unused } = await probe({ "vae.image": image, "vae.mean": image });
    expect([...outputs.keys()]).toEqual(["vae.mean"]);
    expect(unused).toEqual(["vae.mean"]);
  });

  it("takes timesteps as whole numbers, without dimensions, or equal ones for a batch", async () => {
    const { "vae.image": _, "vae.latents": __, "text.input_ids": ___, ...unet } = await allInputs();
    const { outputs } = await probe(unet);
    for (const timestep of [
      tensor([], BigInt64Array.of(501n)),
      tensor([], Float32Array.of(501)),
      tensor([2], BigInt64Array.of(501n, 501n)),
    ]) {
      const again = await probe({ ...unet, "unet.timestep": timestep });
      expect(again.outputs.get("unet.out")).toEqual(outputs.get("unet.out"));
    }
  });

  it.each<[string, (all: Given) => Given, string]>([
    [
      "nothing",
      () => ({ "unet.noise": tensor([1], Float32Array.of(1)) }),
      "there is no input for any network",
    ],
    [
      "half of the UNet's inputs",
      ({ "unet.sample": sample }) => ({ "unet.sample": sample! }),
      "`unet.timestep`, `unet.encoder_hidden_states` is missing",
    ],
    [
      "token ids as floats",
      () => ({ "text.input_ids": tensor([1, 77], new Float32Array(77)) }),
      "tensor `text.input_ids` is F32, expected I64 or I32",
    ],
    [
      "a latent of whole numbers",
      () => ({ "vae.latents": tensor([1, 4, 1, 1], new BigInt64Array(4)) }),
      "tensor `vae.latents` is I64, expected F32, F16 or BF16",
    ],
    [
      "different timesteps",
      (all) => ({ ...all, "unet.timestep": tensor([2], Float32Array.of(1, 2)) }),
      "`unet.timestep` has 2 different values, expected one number",
    ],
    [
      "no timestep at all",
      (all) => ({ ...all, "unet.timestep": tensor([0], new Float32Array()) }),
      "`unet.timestep` has 0 different values, expected one number",
    ],
  ])("refuses %s", async (_, change, message) => {
    expect(await modelErrorOf(probe(change(await allInputs())))).toContain(message);
  });
});
