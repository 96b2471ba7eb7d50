/** Models that see pictures beside the latent: what they are given, and how guidance by picture and by text come together. */

import { afterAll, describe, expect, it } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { openWidened } from "../../test/support/widened-model.ts";
import type { DiffusionModel } from "../models/model.ts";
import { openModel } from "../models/open-model.ts";
import { normalNoise } from "../tensor/random.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { toImageTensor } from "./image-tensor.ts";
import { type ImageRequest, renderImage } from "./img2img.ts";
import { withPictures } from "./picture-channels.ts";

const FOLDER = "test/fixtures/tiny-sd15";
const LATENT_DIMS = [1, 4, 16, 24];
const plain = await openModel(FOLDER, { device: "cpu", optimization: "extended" });
afterAll(() => plain.release());

const request: ImageRequest = {
  image: { width: 48, height: 32, data: Float32Array.from({ length: 48 * 32 * 3 }, (_, i) => (i % 97) / 96) },
  width: 48,
  height: 32,
  prompts: [{ text: "a red cat", weight: 1 }],
  negativePrompt: "",
  sampler: "euler",
  steps: 4,
  strength: 0.5,
  guidanceScale: 5,
  seed: 7,
  noiseMultiplier: 1,
  clipSkip: 0,
};

/** The tiny model with more input channels, whose weights are 0: it must paint what the plain one paints. */
async function widened(channels: 8 | 9): Promise<DiffusionModel> {
  return await openWidened(new Float32Array(32 * (channels - 4) * 9), channels);
}

function noise(seed: number, dims: readonly number[]): Tensor {
  return tensor(
    dims,
    normalNoise(
      seed,
      "test",
      dims.reduce((product, size) => product * size, 1),
    ),
  );
}

/** A model that notes what its UNet sees and answers by a formula. */
function watched(inputChannels: number, answer: (latents: Tensor, text: Tensor) => Tensor) {
  const seen: Tensor[] = [];
  const model: DiffusionModel = {
    ...plain,
    info: { ...plain.info, inputChannels },
    predict: (latents, _, text) => {
      seen.push(latents);
      return Promise.resolve(answer(latents, text));
    },
  };
  return { model, seen };
}

describe("a model that sees pictures beside the latent", () => {
  it("is left alone when it sees none", async () => {
    const input = { mean: null, latentDims: LATENT_DIMS, imageGuidanceScale: 1.5, mask: null };
    expect(await withPictures(plain, input)).toBe(plain);
  });

  it.each([8, 9] as const)(
    "paints what the plain model paints when its %d channels do not count",
    async (channels) => {
      const model = await widened(channels);
      expect(model.info.inputChannels).toBe(channels);
      const expected = await renderImage(plain, request);
      const { image } = await renderImage(model, request);
      const worst = image.data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - expected.image.data[i]!)),
        0,
      );
      expect(worst).toBeLessThan(1e-4);
    },
  );

  it("for inpainting is given a mask of ones and the latent of a gray picture", async () => {
    const { model, seen } = watched(9, (latents) =>
      tensor([2, 4, 16, 24], latents.data.slice(0, 2 * 4 * 384)),
    );
    const painter = await withPictures(model, {
      mean: null,
      latentDims: LATENT_DIMS,
      imageGuidanceScale: 1,
      mask: null,
    });
    const latents = noise(1, [2, 4, 16, 24]);
    await painter.predict(latents, 500, noise(2, [2, 77, 32]));
    const [{ dims, data } = latents] = seen;
    expect(dims).toEqual([2, 9, 16, 24]);
    const gray = await plain.encodeImage(tensor([1, 3, 32, 48], new Float32Array(3 * 32 * 48)));
    for (const row of [0, 1]) {
      const begin = row * 9 * 384;
      expect(data.slice(begin, begin + 4 * 384)).toEqual(
        latents.data.slice(row * 4 * 384, (row + 1) * 4 * 384),
      );
      expect(data.slice(begin + 4 * 384, begin + 5 * 384).every((value) => value === 1)).toBe(true);
      const scaled = gray.mean.data.map((value) => value * plain.info.latentScale);
      expect(data.slice(begin + 5 * 384, begin + 9 * 384)).toEqual(scaled);
    }
  });

  it("for inpainting is given the mask and what it leaves of the picture", async () => {
    const { model, seen } = watched(9, (latents) => tensor([1, 4, 16, 24], latents.data.slice(0, 4 * 384)));
    // The upper half may change.
    const cells = Uint8Array.from({ length: 384 }, (_, i) => (i < 192 ? 1 : 0));
    const keep = request.image!;
    const painter = await withPictures(model, {
      mean: null,
      latentDims: LATENT_DIMS,
      imageGuidanceScale: 1,
      mask: { cells, keep },
    });
    await painter.predict(noise(1, LATENT_DIMS), 500, noise(2, [1, 77, 32]));
    const { data } = seen[0]!;
    expect(data.slice(4 * 384, 5 * 384)).toEqual(Float32Array.from(cells));
    const masked = toImageTensor(keep);
    const area = 48 * 32;
    for (let i = 0; i < masked.data.length; i++) if (i % area < area / 2) masked.data[i] = 0;
    const { mean } = await plain.encodeImage(masked);
    expect(data.slice(5 * 384)).toEqual(mean.data.map((value) => value * plain.info.latentScale));
  });

  it("for editing guides by picture and by text as its authors wrote", async () => {
    // What the network says depends on text and picture alone here, so that the equation can be checked by hand.
    const { model, seen } = watched(8, ({ dims, data }, text) => {
      const [batch = 0] = dims;
      const out = new Float32Array(batch * 4 * 384);
      for (let row = 0; row < batch; row++) {
        const words = text.data[row * 77 * 32]!;
        for (let i = 0; i < 4 * 384; i++)
          out[row * 4 * 384 + i] = words + 10 * data[row * 8 * 384 + 4 * 384 + i]!;
      }
      return tensor([batch, 4, 16, 24], out);
    });
    const picture = noise(3, LATENT_DIMS);
    const painter = await withPictures(model, {
      mean: picture,
      latentDims: LATENT_DIMS,
      imageGuidanceScale: 1.5,
      mask: null,
    });
    const text = noise(4, [2, 77, 32]);
    const { dims, data } = await painter.predict(noise(5, [2, 4, 16, 24]), 500, text);
    expect(seen.map((latents) => latents.dims)).toEqual([[3, 8, 16, 24]]);
    expect(dims).toEqual([2, 4, 16, 24]);
    const [negative, positive] = [text.data[0]!, text.data[77 * 32]!];
    const guidance = 7;
    for (const i of [0, 100, 1535]) {
      const neither = negative;
      const pictureAlone = negative + 10 * picture.data[i]!;
      const both = positive + 10 * picture.data[i]!;
      const expected = neither + guidance * (both - pictureAlone) + 1.5 * (pictureAlone - neither);
      const found = data[i]! + guidance * (data[4 * 384 + i]! - data[i]!);
      expect(found).toBeCloseTo(expected, 3);
    }
  });

  it("for editing is asked once when guidance by text is off", async () => {
    const { model, seen } = watched(8, () => noise(6, LATENT_DIMS));
    const picture = noise(3, LATENT_DIMS);
    const painter = await withPictures(model, {
      mean: picture,
      latentDims: LATENT_DIMS,
      imageGuidanceScale: 1.5,
      mask: null,
    });
    const found = await painter.predict(noise(5, LATENT_DIMS), 500, noise(4, [1, 77, 32]));
    expect(seen[0]?.dims).toEqual([1, 8, 16, 24]);
    expect(seen[0]?.data.slice(4 * 384)).toEqual(picture.data);
    expect(largestDifference(found, noise(6, LATENT_DIMS))).toBe(0);
  });
});
