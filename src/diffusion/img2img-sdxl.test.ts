/** SDXL base from prompt to picture, against goldens computed with diffusers 0.42.1 (LoRA: and peft 0.21.2). */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { readingGolden } from "../../test/support/golden-inputs.ts";
import { writeSdxlExport } from "../../test/support/sdxl-export.ts";
import type { DiffusionModel } from "../models/model.ts";
import { openModel } from "../models/open-model.ts";
import { readFloats, readSafetensors, type SafetensorsFile } from "../models/safetensors.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { type Conditioning, conditionOn } from "./conditioning.ts";
import { createGuidedDenoiser } from "./denoiser.ts";
import { euler } from "./samplers/euler.ts";
import { alphaOf, noiseLadder, timestepAt } from "./sigmas.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/", import.meta.url));
const TOLERANCE = 2e-5;
const LOOP_TOLERANCE = 1e-4;
/** Noise levels of timesteps 333, 167 and 1: Euler, leading spacing, 6 steps at strength 0.65. */
const TIMESTEPS = [333, 167, 1];
const DIMS = [1, 4, 16, 24];

let model: DiffusionModel;
let golden: SafetensorsFile;
let inputs: SafetensorsFile;
let conditioning: Conditioning;

const FOLDER = join(FIXTURES, "tiny-sdxl");
let exported: string;
beforeAll(async () => {
  exported = await mkdtemp(join(tmpdir(), "animate-sdxl-"));
  await writeSdxlExport(exported);
});
afterAll(async () => await rm(exported, { recursive: true }));

async function open(folder: string, goldens: string, loraFile: string | null): Promise<void> {
  const loras = loraFile === null ? [] : [{ name: "style", file: join(FIXTURES, loraFile) }];
  const opened = await openModel(folder, { device: "cpu", loras });
  opened.setLoras(loras.map(({ name }) => ({ name, weight: 0.8, textWeight: 0.8 })));
  model = readingGolden(opened);
  golden = await readSafetensors(join(FIXTURES, goldens));
  inputs = await readSafetensors(join(FIXTURES, "tiny-sd15/inputs.safetensors"));
  // The goldens' negative prompt is the embedding of the empty text, not zeros.
  conditioning = await conditionOn(model, [{ text: "golden", weight: 1 }], "no words", 0);
}

async function expectGolden({ dims, data }: Tensor, name: string, tolerance = TOLERANCE): Promise<void> {
  expect(largestDifference({ dims, data }, await readFloats(golden, name)), name).toBeLessThan(tolerance);
}

describe("SDXL in the diffusers layout", () => {
  beforeAll(async () => await open(FOLDER, "tiny-sdxl/golden.safetensors", null));
  afterAll(async () => await model.release());

  it("says what it is", () => {
    expect(model.info).toMatchObject({
      family: "sdxl",
      latentScale: 0.13025,
      textWidth: 64,
      textEncoders: [
        { width: 32, padToken: 999 },
        { width: 32, padToken: 0 },
      ],
      zeroEmptyNegative: true,
    });
  });

  it("takes an empty negative prompt as zeros, as it was trained", async () => {
    const { negative } = await conditionOn(model, [{ text: "golden", weight: 1 }], "", 0);
    expect(negative!.dims).toEqual([1, 77, 64]);
    expect(negative!.data.every((value) => value === 0)).toBe(true);
    expect(negative!.pooled!.dims).toEqual([1, 32]);
    expect(negative!.pooled!.data.every((value) => value === 0)).toBe(true);
  });
});

describe.each([
  ["SDXL", () => FOLDER, "tiny-sdxl/golden.safetensors", null],
  [
    "SDXL with a LoRA of the original names at 0.8",
    () => FOLDER,
    "tiny-lora/golden_sdxl.safetensors",
    "tiny-lora/sdxl_kohya.safetensors",
  ],
  ["SDXL as ONNX exports", () => exported, "tiny-sdxl/golden.safetensors", null],
])("%s", (_title, folder, goldens, loraFile) => {
  beforeAll(async () => await open(folder(), goldens, loraFile));
  afterAll(async () => await model.release());

  it("embeds the prompts with both encoders", async () => {
    const { positive, negative } = conditioning;
    await expectGolden(positive, "cond");
    await expectGolden(negative!, "uncond");
    await expectGolden(positive.pooled!, "text2.text_embeds");
    await expectGolden(negative!.pooled!, "uncond.text_embeds");
    const half = (encoder: number) =>
      tensor(
        [1, 77, 32],
        Float32Array.from({ length: 77 * 32 }, (_, i) => {
          const column = encoder * 32 + (i % 32);
          return positive.data[Math.floor(i / 32) * 64 + column]!;
        }),
      );
    await expectGolden(half(0), "text1.penultimate");
    await expectGolden(half(1), "text2.penultimate");
  });

  it("predicts the golden noise", async () => {
    const latent = await readFloats(inputs, "latent");
    await expectGolden(await model.predict(latent, 501, conditioning.positive), "unet.out.t501");
  });

  it("encodes and decodes the golden pictures", async () => {
    const { mean, logvar } = await model.encodeImage(await readFloats(inputs, "image"));
    await expectGolden(mean, "vae.mean");
    await expectGolden(
      tensor(
        logvar.dims,
        logvar.data.map((value) => Math.exp(value / 2)),
      ),
      "vae.std",
    );
    await expectGolden(await model.decodeLatents(await readFloats(inputs, "latent")), "vae.decode");
  });

  it("walks the three golden img2img steps to the golden picture", async () => {
    const ladder = noiseLadder(model.info.alphasCumprod);
    const sigmas = [...TIMESTEPS.map((t) => ladder.sigmas[t]!), 0];
    const { mean } = await model.encodeImage(await readFloats(inputs, "image"));
    const noise = await readFloats(inputs, "noise");
    const start = mean.data.map((value, i) => value * model.info.latentScale + sigmas[0]! * noise.data[i]!);
    await expectGolden(tensor(DIMS, start), "img2img.noisy", LOOP_TOLERANCE);
    const latents: Float32Array[] = [];
    const last = await euler(
      createGuidedDenoiser(model, (sigma) => timestepAt(ladder, sigma), DIMS, conditioning, {
        scale: 5,
        rescale: 0,
      }),
      start,
      sigmas,
      {
        noise: () => new Float32Array(start.length),
        onStep: ({ x }) => latents.push(x.slice()),
      },
    );
    expect(latents).toHaveLength(3);
    for (const [i, latent] of latents.entries()) {
      await expectGolden(tensor(DIMS, latent), `img2img.latents.${i}`, LOOP_TOLERANCE);
    }
    const image = await model.decodeLatents(
      tensor(
        DIMS,
        last.map((value) => (value * alphaOf(0)) / model.info.latentScale),
      ),
    );
    await expectGolden(image, "img2img.image", LOOP_TOLERANCE);
  });
});
