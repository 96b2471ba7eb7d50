/** The embedded model: it loads, and its networks give sane values at the sizes that the example schedules use. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { normalNoise } from "../tensor/random.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { findModel } from "./find-model.ts";
import type { DiffusionModel } from "./model.ts";
import { openModel } from "./open-model.ts";

let model: DiffusionModel;
beforeAll(async () => {
  model = await openModel(await findModel("storybook", "."), { device: "cpu" });
});
afterAll(async () => await model.release());

async function encodePrompt(text: string): Promise<Tensor> {
  const { beginToken, endToken, padToken } = model.tokenizer;
  const positions = model.info.textPositions;
  const ids = [beginToken, ...model.tokenizer.encode(text).slice(0, positions - 2), endToken];
  const padded = BigInt64Array.from({ length: positions }, (_, i) => BigInt(ids[i] ?? padToken));
  return await model.encodeText(tensor([1, positions], padded), 0);
}

function noise(...dims: number[]): Tensor {
  return tensor(
    dims,
    normalNoise(
      1,
      "test",
      dims.reduce((a, b) => a * b),
    ),
  );
}

function meanSquare({ data }: Tensor): number {
  return data.reduce((sum, value) => sum + value * value, 0) / data.length;
}

describe("the embedded model", () => {
  it("is a small latent diffusion model with v-prediction", () => {
    expect(model.info).toMatchObject({
      name: "storybook",
      prediction: "v_prediction",
      vaeFactor: 8,
      latentChannels: 4,
    });
    const { textEncoder, unet, vae } = model.info.parameters!;
    // Half-precision weights of at most 30 MB in all.
    expect(2 * (textEncoder + unet + vae)).toBeLessThan(30e6);
  });

  it("tells prompts apart", async () => {
    const hero = await encodePrompt("a superhero flying over a city at night");
    const ship = await encodePrompt("a ship on the sea");
    expect(
      meanSquare(
        tensor(
          hero.dims,
          hero.data.map((value, i) => value - ship.data[i]!),
        ),
      ),
    ).toBeGreaterThan(0.01);
  });

  it("predicts at square and wide sizes, rows of latents odd", async () => {
    const text = await encodePrompt("a dragon over mountains");
    for (const [height, width] of [
      [32, 32],
      [27, 48],
    ] as const) {
      const prediction = await model.predict(noise(1, 4, height, width), 999, text);
      expect(prediction.dims).toEqual([1, 4, height, width]);
      // At full noise the velocity is about the negative clean latent: far from noise, and not nothing.
      expect(meanSquare(prediction)).toBeGreaterThan(1e-4);
      expect(meanSquare(prediction)).toBeLessThan(10);
    }
  });

  it("gets a picture back from its latents", async () => {
    const picture = tensor([1, 3, 256, 256], new Float32Array(3 * 256 * 256));
    for (let y = 0; y < 256; y++) {
      for (let x = 0; x < 256; x++) {
        // A sky that fades, a sun, and a hill.
        const inSun = Math.hypot(x - 180, y - 70) < 40;
        const inHill = y > 170 + 30 * Math.sin(x / 40);
        const color = inHill ? [-0.6, 0.1, -0.7] : inSun ? [0.9, 0.8, -0.2] : [y / 256 - 0.6, y / 512, 0.8];
        color.forEach((value, channel) => (picture.data[(channel * 256 + y) * 256 + x] = value));
      }
    }
    const { mean, logvar } = await model.encodeImage(picture);
    expect(mean.dims).toEqual([1, 4, 32, 32]);
    expect(logvar.data.every((value) => value >= -30 && value <= 20)).toBe(true);
    const decoded = await model.decodeLatents(mean);
    const error = tensor(
      picture.dims,
      decoded.data.map((value, i) => value - picture.data[i]!),
    );
    // 26 dB on the scale of −1 to 1; the autoencoder was trained to 31 dB on scenes.
    expect(Math.sqrt(meanSquare(error))).toBeLessThan(0.1);
  });
});
