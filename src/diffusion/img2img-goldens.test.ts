/** Whole pictures, latent by latent, against goldens computed with diffusers 0.42.1 (LoRAs: and peft 0.21.2) on torch 2.13.0. */

import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { worstDifference } from "../../test/support/golden.ts";
import { readingGolden } from "../../test/support/golden-inputs.ts";
import { GOLDEN_REQUEST } from "../../test/support/tiny-request.ts";
import type { DiffusionModel } from "../models/model.ts";
import { openModel } from "../models/open-model.ts";
import { readFloats, readSafetensors, type SafetensorsFile } from "../models/safetensors.ts";
import type { RgbImage } from "../tensor/image.ts";
import { toRgbImage } from "./image-tensor.ts";
import { type ImageRequest, renderImage } from "./img2img.ts";

const fixture = (path: string) => fileURLToPath(new URL(`../../test/fixtures/${path}`, import.meta.url));
/** Absolute, at values of order 1: two correct fp32 implementations of a loop stay within it. */
const TOLERANCE = 1e-4;
const LORAS = [{ name: "style", weight: 0.8, textWeight: 0.8 }];

/** Renders, watching the network's inputs and timesteps, and the latents after each step as diffusers' DDIM holds them: alpha · x. */
async function trace(model: DiffusionModel, change: Partial<ImageRequest>) {
  const latents: Float32Array[] = [];
  const timesteps: number[] = [];
  const networkInputs: Float32Array[] = [];
  const watched: DiffusionModel = {
    ...readingGolden(model),
    predict: (both, timestep, text) => {
      expect(both.dims).toEqual([2, 4, 16, 24]);
      timesteps.push(Number(timestep.toFixed(6)));
      networkInputs.push(both.data.slice(0, both.data.length / 2));
      return model.predict(both, timestep, text);
    },
  };
  const { image, evaluations } = await renderImage(watched, {
    ...GOLDEN_REQUEST,
    ...change,
    onStep: ({ x, sigma }) => latents.push(x.map((value) => value / Math.sqrt(1 + sigma * sigma))),
  });
  return { latents, timesteps, networkInputs, image, evaluations };
}

function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, name: string): void {
  expect(worstDifference(actual, expected), name).toBeLessThan(TOLERANCE);
}

async function expectGoldens(
  golden: SafetensorsFile,
  loop: string,
  latents: readonly Float32Array[],
  image: RgbImage,
): Promise<void> {
  const steps = [...golden.tensors.keys()].filter((name) => name.startsWith(`${loop}.latents.`));
  expect(latents).toHaveLength(steps.length);
  for (const [i, latent] of latents.entries()) {
    const name = `${loop}.latents.${i}`;
    expectNear(latent, (await readFloats(golden, name)).data, name);
  }
  expect(image).toMatchObject({ width: 48, height: 32 });
  expectNear(image.data, toRgbImage(await readFloats(golden, `${loop}.image`)).data, `${loop}.image`);
}

/** What it is, the model, its LoRA, and the goldens. */
const MODELS: readonly [title: string, model: string, lora: string | null, goldens: string][] = [
  ["Stable Diffusion 1.x", "tiny-sd15", null, "tiny-sd15/golden.safetensors"],
  [
    "a single file in half precision",
    "tiny-sd15-singlefile/tiny-fp16.safetensors",
    null,
    "tiny-sd15-singlefile/golden.safetensors",
  ],
  [
    "a LoRA with kohya's names at 0.8",
    "tiny-sd15",
    "tiny-lora/sd15_kohya.safetensors",
    "tiny-lora/golden.safetensors",
  ],
  [
    "a LoRA with the names of diffusers and PEFT at 0.8",
    "tiny-sd15",
    "tiny-lora/sd15_diffusers_peft.safetensors",
    "tiny-lora/golden.safetensors",
  ],
  ["ready ONNX exports", "tiny-sd15-onnx", null, "tiny-sd15/golden.safetensors"],
];

describe.each(MODELS)("%s", (_, path, lora, goldens) => {
  let model: DiffusionModel;
  let golden: SafetensorsFile;
  beforeAll(async () => {
    const loras = lora === null ? [] : [{ name: "style", file: fixture(lora) }];
    model = await openModel(fixture(path), { device: "cpu", loras });
    golden = await readSafetensors(fixture(goldens));
  });
  afterAll(async () => await model.release());

  it("repeats the noisy start, the three latents and the picture of img2img", async () => {
    // diffusers at strength 0.65 cuts 6 steps to timesteps 333, 167, 1; Deforum's host does so at 0.4, kept share 0.6.
    const walk = await trace(model, lora === null ? {} : { loras: LORAS });
    expect(walk.evaluations).toBe(3);
    expect(walk.timesteps).toEqual([333, 167, 1]);
    const noisy = "img2img.noisy";
    expectNear(walk.networkInputs[0]!, (await readFloats(golden, noisy)).data, noisy);
    await expectGoldens(golden, "img2img", walk.latents, walk.image);
  });
});

describe("Stable Diffusion 1.x", () => {
  it("repeats the six latents and the picture of text-to-image", async () => {
    const model = await openModel(fixture("tiny-sd15"), { device: "cpu", optimization: "extended" });
    const { latents, timesteps, image, evaluations } = await trace(model, { image: null });
    expect(evaluations).toBe(6);
    expect(timesteps).toEqual([831, 665, 499, 333, 167, 1]);
    const golden = await readSafetensors(fixture("tiny-sd15/golden.safetensors"));
    await expectGoldens(golden, "txt2img", latents, image);
    await model.release();
  });
});
