/** A latent consistency model with the tiny autoencoder, against goldens computed with diffusers 0.42.1. */

import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { readingGolden } from "../../test/support/golden-inputs.ts";
import { writeLcmExport } from "../../test/support/onnx-variants.ts";
import type { DiffusionModel } from "../models/model.ts";
import { openModel } from "../models/open-model.ts";
import { readFloats, readSafetensors, type SafetensorsFile } from "../models/safetensors.ts";
import { guidanceFeatures } from "../models/time-embedding.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { conditionOn } from "./conditioning.ts";
import { renderImage } from "./img2img.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));
const TOLERANCE = 2e-5;
/** Of latents that grow to 20 over the four steps, where diffusers itself is off by 3e-5 in fp32. */
const LOOP_TOLERANCE = 2e-4;
const TIMESTEPS = [999, 759, 499, 259];
const DIMS = [1, 4, 16, 24];

let folder: string;
let model: DiffusionModel;
let exported: DiffusionModel;
let golden: SafetensorsFile;
let inputs: SafetensorsFile;
let stepNoise: SafetensorsFile;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-lcm-"));
  const weights = join(folder, "weights");
  await cp(join(FIXTURES, "tiny-sd15"), weights, { recursive: true });
  await cp(join(FIXTURES, "tiny-lcm/unet"), join(weights, "unet"), { recursive: true, force: true });
  const opened = await openModel(weights, { device: "cpu", vae: join(FIXTURES, "tiny-taesd") });
  model = readingGolden(opened);
  await writeLcmExport(join(folder, "export"));
  exported = readingGolden(await openModel(join(folder, "export"), { device: "cpu" }));
  golden = await readSafetensors(join(FIXTURES, "tiny-lcm/golden.safetensors"));
  inputs = await readSafetensors(join(FIXTURES, "tiny-sd15/inputs.safetensors"));
  stepNoise = await readSafetensors(join(FIXTURES, "tiny-lcm/inputs.safetensors"));
});
afterAll(async () => {
  await model.release();
  await exported.release();
  await rm(folder, { recursive: true });
});

async function expectGolden(found: Tensor, name: string, tolerance = TOLERANCE): Promise<void> {
  expect(largestDifference(found, await readFloats(golden, name)), name).toBeLessThan(tolerance);
}

const LAYOUTS: readonly (readonly [layout: string, of: () => DiffusionModel])[] = [
  ["from its weights", () => model],
  ["from ONNX exports", () => exported],
];

describe("a latent consistency model", () => {
  it("reads the guidance scale as the golden features", async () => {
    await expectGolden(tensor([1, 16], guidanceFeatures(7.5, 16)), "lcm.timestep_cond");
  });

  it.each(LAYOUTS)("predicts the golden noise %s", async (_, of) => {
    const { positive } = await conditionOn(of(), [{ text: "golden", weight: 1 }], undefined, 0);
    const latent = await readFloats(inputs, "latent");
    await expectGolden(
      await of().predict(latent, 759, positive, { guidanceScale: 7.5 }),
      "lcm.unet.out.t759",
    );
  });

  it.each(LAYOUTS)(
    "walks the four golden steps %s, one evaluation each, without a negative prompt",
    async (_, of) => {
      const noises = new Map<string, Float32Array>([["latent", (await readFloats(inputs, "noise")).data]]);
      for (let i = 0; i < 4; i++) {
        noises.set(`step ${i}`, (await readFloats(stepNoise, `step_noise.${i}`)).data);
      }
      const timesteps: number[] = [];
      const latents: Float32Array[] = [];
      let denoised: Float32Array | undefined;
      const watched: DiffusionModel = {
        ...of(),
        predict: (latent, timestep, ...rest) => {
          expect(latent.dims).toEqual(DIMS);
          timesteps.push(Math.round(timestep));
          return of().predict(latent, timestep, ...rest);
        },
      };
      await renderImage(watched, {
        image: null,
        width: 48,
        height: 32,
        prompts: [{ text: "golden", weight: 1 }],
        negativePrompt: "not read",
        sampler: "lcm",
        steps: 4,
        strength: 0,
        guidanceScale: 7.5,
        seed: 1,
        noiseMultiplier: 1,
        clipSkip: 0,
        noise: (purpose) => noises.get(purpose)!,
        onStep: ({ x, sigma, denoised: clean }) => {
          latents.push(x.map((value) => value / Math.sqrt(1 + sigma * sigma)));
          denoised = clean.slice();
        },
      });
      expect(timesteps).toEqual(TIMESTEPS);
      expect(latents).toHaveLength(4);
      for (const [i, latent] of latents.entries()) {
        await expectGolden(tensor(DIMS, latent), `lcm.txt2img.latents.${i}`, LOOP_TOLERANCE);
      }
      await expectGolden(tensor(DIMS, denoised!), "lcm.txt2img.denoised", LOOP_TOLERANCE);
    },
  );

  it.each(LAYOUTS)("is refused an evaluation without guidance scale %s", async (_, of) => {
    const { positive } = await conditionOn(of(), [{ text: "golden", weight: 1 }], undefined, 0);
    const latent = await readFloats(inputs, "latent");
    await expect(of().predict(latent, 759, positive)).rejects.toThrow("needs the guidance scale");
  });
});

describe("the tiny autoencoder", () => {
  it("encodes and decodes the golden pictures, its latents unscaled", async () => {
    expect(model.info.latentScale).toBe(1);
    const { mean, logvar } = await model.encodeImage(await readFloats(inputs, "image"));
    await expectGolden(mean, "taesd.encode");
    expect(logvar.data.every((value) => value === -30)).toBe(true);
    await expectGolden(await model.decodeLatents(await readFloats(inputs, "latent")), "taesd.decode");
  });
});
