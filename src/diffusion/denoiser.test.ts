import { describe, expect, it } from "vitest";
import type { DiffusionModel } from "../models/model.ts";
import { openModel } from "../models/open-model.ts";
import { normalNoise } from "../tensor/random.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { createDenoiser, createGuidedDenoiser } from "./denoiser.ts";
import { alphaOf } from "./sigmas.ts";

const clean = normalNoise(1, "clean", 24);
const noise = normalNoise(2, "noise", 24);

describe("createDenoiser", () => {
  it.each([0.03, 1, 14.6, 4096])(
    "finds the clean latent behind a perfect prediction at sigma %d",
    async (sigma) => {
      const alpha = alphaOf(sigma);
      const velocity = noise.map((value, i) => alpha * value - alpha * sigma * clean[i]!);
      const x = clean.map((value, i) => value + sigma * noise[i]!);
      const fromEpsilon = await createDenoiser(
        () => Promise.resolve(noise),
        "epsilon",
        () => 0,
      )(x, sigma);
      const fromVelocity = await createDenoiser(
        () => Promise.resolve(velocity),
        "v_prediction",
        () => 0,
      )(x, sigma);
      for (const [i, value] of clean.entries()) {
        expect(Math.abs(fromEpsilon[i]! - value)).toBeLessThan(1e-6 * Math.max(1, sigma));
        expect(Math.abs(fromVelocity[i]! - value)).toBeLessThan(1e-6);
      }
    },
  );

  it("shows the network a latent of unit variance, and the timestep of the level", async () => {
    const seen: [Float32Array, number][] = [];
    const predict = (input: Float32Array, timestep: number) => {
      seen.push([input, timestep]);
      return Promise.resolve(noise);
    };
    await createDenoiser(predict, "epsilon", (sigma) => sigma * 10)(Float32Array.of(5, -5), 2);
    expect(seen).toEqual([[Float32Array.of(5 / Math.sqrt(5), -5 / Math.sqrt(5)), 20]]);
  });
});

/** A model whose prediction is the first text value everywhere. */
async function textModel(calls: { latents: Tensor; text: Tensor }[]): Promise<DiffusionModel> {
  const model = await openModel("test/fixtures/tiny-sd15");
  return {
    ...model,
    predict: (latents, _timestep, text) => {
      calls.push({ latents, text });
      const width = text.data.length / text.dims[0]!;
      const prediction = latents.data.map((_, i) => text.data[Math.floor(i / 24) * width]!);
      return Promise.resolve(tensor(latents.dims, prediction));
    },
  };
}

describe("createDenoiser of flow matching", () => {
  it.each([0.001, 0.4, 1])("finds the clean latent behind a perfect velocity at level %d", async (level) => {
    const velocity = noise.map((value, i) => value - clean[i]!);
    const x = clean.map((value, i) => (1 - level) * value + level * noise[i]!);
    const seen: Float32Array[] = [];
    const denoise = createDenoiser(
      (input) => {
        seen.push(input);
        return Promise.resolve(velocity);
      },
      "flow",
      () => 0,
    );
    const found = await denoise(x, level);
    found.forEach((value, i) => expect(Math.abs(value - clean[i]!)).toBeLessThan(1e-6));
    // The network sees the latent as it is.
    expect(seen).toEqual([x]);
  });
});

const timestepOf = () => 1;

describe("createGuidedDenoiser", () => {
  const dims = [1, 4, 2, 3];
  const positive = tensor([1, 1, 2], Float32Array.of(3, 30));
  const negative = tensor([1, 1, 2], Float32Array.of(2, 20));

  it("steers away from the negative prompt in one call, the negative prompt first", async () => {
    const calls: { latents: Tensor; text: Tensor }[] = [];
    const denoise = createGuidedDenoiser(
      await textModel(calls),
      timestepOf,
      dims,
      { positive, negative },
      { scale: 5, rescale: 0 },
    );
    const denoised = await denoise(new Float32Array(24), 1);
    // 2 + 5 · (3 − 2) = 7 of noise, taken away once.
    expect(denoised).toEqual(new Float32Array(24).fill(-7));
    expect(calls).toHaveLength(1);
    expect(calls[0]!.latents.dims).toEqual([2, 4, 2, 3]);
    expect(calls[0]!.text).toEqual(tensor([2, 1, 2], Float32Array.of(2, 20, 3, 30)));
  });

  it("asks for the prompt alone when there is nothing to steer away from", async () => {
    const calls: { latents: Tensor; text: Tensor }[] = [];
    const denoise = createGuidedDenoiser(
      await textModel(calls),
      timestepOf,
      dims,
      { positive },
      { scale: 1, rescale: 0 },
    );
    expect(await denoise(new Float32Array(24), 1)).toEqual(new Float32Array(24).fill(-3));
    expect(calls[0]!.latents.dims).toEqual(dims);
  });
});
