/** The pull of a prompt against a direct computation with the model's networks. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findModel } from "../models/find-model.ts";
import type { DiffusionModel } from "../models/model.ts";
import { openModel } from "../models/open-model.ts";
import { normalNoise } from "../tensor/random.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { measureTextPull } from "./text-pull.ts";

const PROMPT = "a superhero with a red cape flies over a city at night";
let model: DiffusionModel;
beforeAll(async () => {
  model = await openModel(await findModel("storybook", "."), { device: "cpu" });
});
afterAll(async () => await model.release());

async function encode(text: string): Promise<Tensor> {
  const { beginToken, endToken, padToken } = model.tokenizer;
  const positions = model.info.textPositions;
  const ids = [beginToken, ...model.tokenizer.encode(text), endToken];
  const padded = BigInt64Array.from({ length: positions }, (_, i) => BigInt(ids[i] ?? padToken));
  return await model.encodeText(tensor([1, positions], padded), 0);
}

describe("the pull of a prompt", () => {
  it("is the distance of two predictions that the network gives one by one", async () => {
    const [width, height] = [128, 64];
    const dims = [1, 4, height / 8, width / 8];
    const alphas = model.info.alphasCumprod;
    const scale = Math.sqrt(1 - alphas.at(-1)!);
    let mean = 0;
    for (const seed of [3, 4]) {
      const noise = normalNoise(seed, "latent", (4 * height * width) / 64).map((value) => value * scale);
      const told = await model.predict(tensor(dims, noise), alphas.length - 1, await encode(PROMPT));
      const without = await model.predict(tensor(dims, noise), alphas.length - 1, await encode(""));
      const squares = told.data.reduce((sum, value, i) => sum + (value - without.data[i]!) ** 2, 0);
      mean += Math.sqrt(squares / told.data.length) / 2;
    }
    const pull = await measureTextPull(model, { prompt: PROMPT, width, height, seeds: [3, 4] });
    expect(mean).toBeGreaterThan(0.01);
    expect(Math.abs(pull - mean) / mean).toBeLessThan(1e-4);
  });

  it("is nothing for the empty prompt, and the same for the same seeds", async () => {
    const request = { width: 64, height: 64, seeds: [1] };
    expect(await measureTextPull(model, { ...request, prompt: "" })).toBeLessThan(1e-6);
    const first = await measureTextPull(model, { ...request, prompt: PROMPT });
    expect(await measureTextPull(model, { ...request, prompt: PROMPT })).toBe(first);
    expect(await measureTextPull(model, { ...request, seeds: [2], prompt: PROMPT })).not.toBe(first);
  });

  it("is refused for models without a prediction for no text, or with pictures beside the latent", async () => {
    const request = { prompt: PROMPT, width: 64, height: 64, seeds: [1] };
    const distilled = { ...model, info: { ...model.info, guidanceInput: true } };
    await expect(measureTextPull(distilled, request)).rejects.toThrow("the model has guidance inside");
    const inpainting = { ...model, info: { ...model.info, inputChannels: 9 } };
    await expect(measureTextPull(inpainting, request)).rejects.toThrow("the model takes 9 channels");
  });
});
