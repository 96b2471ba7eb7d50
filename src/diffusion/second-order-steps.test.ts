/** Samplers that evaluate twice in a step: ControlNets, words that change and parts of prompts count steps, not evaluations. */

import { afterAll, describe, expect, it } from "vitest";
import type { DiffusionModel, Residuals } from "../models/model.ts";
import { openModel } from "../models/open-model.ts";
import type { RgbImage } from "../tensor/image.ts";
import { tensor, zeros } from "../tensor/tensor.ts";
import type { ControlUnit } from "./control.ts";
import { type ImageRequest, renderImage } from "./img2img.ts";
import { PLAIN_SAMPLING } from "./samplers/tuning.ts";

const model = await openModel("test/fixtures/tiny-sd15", { device: "cpu", optimization: "extended" });
afterAll(() => model.release());

const picture: RgbImage = { width: 16, height: 16, data: new Float32Array(3 * 16 * 16) };
const request: ImageRequest = {
  image: null,
  width: 16,
  height: 16,
  prompts: [{ text: "[cat:dog:0.5]", weight: 1 }],
  negativePrompt: "",
  sampler: "heun",
  steps: 4,
  strength: 0,
  guidanceScale: 1,
  seed: 7,
  noiseMultiplier: 1,
  clipSkip: 0,
};

/** The texts of all evaluations, each by the number of its first appearance, and at which of them the ControlNet was asked. */
async function evaluationsOf(changes: Partial<ImageRequest>, start = 0, end = 0.5) {
  const texts: string[] = [];
  const words: number[] = [];
  const asked: number[] = [];
  const watched: DiffusionModel = {
    ...model,
    predict: (latents, timestep, text, extras) => {
      const key = text.data.join();
      if (!texts.includes(key)) texts.push(key);
      words.push(texts.indexOf(key));
      return model.predict(latents, timestep, text, extras);
    },
  };
  const network: ControlUnit["network"] = {
    readPicture: async () => zeros([1]),
    predict: async (latents): Promise<Residuals> => {
      asked.push(words.length);
      return model.residualDims(latents.dims).map((dims) => tensor(dims, zeros(dims).data));
    },
  };
  const controls = [{ network, picture, weight: 1, start, end }];
  await renderImage(watched, { ...request, ...changes, controls });
  return { words, asked };
}

describe("a sampler of second order", () => {
  it.each(["heun", "dpm2", "dpm2_a", "dpmpp_2s_a", "dpmpp_sde"])(
    "%s has both evaluations of a step under the same words and the same ControlNets",
    async (sampler) => {
      const { words, asked } = await evaluationsOf({ sampler });
      // Two for each step, the last of which goes to level 0 in one.
      expect(words).toEqual([0, 0, 0, 0, 1, 1, 1]);
      expect(asked).toEqual([0, 1, 2, 3]);
    },
  );

  it("composes the parts of a step's prompt in both of its evaluations", async () => {
    const prompts = [{ text: "a tree AND [cat:dog:0.5]", weight: 1 }];
    const { words } = await evaluationsOf({ prompts, guidanceScale: 5 });
    expect(words).toEqual([0, 0, 0, 0, 1, 1, 1]);
  });
});

it("churn, which evaluates above a step's noise level, leaves the step what it is", async () => {
  const sampling = { ...PLAIN_SAMPLING, s_churn: 1.6 };
  const { words, asked } = await evaluationsOf({ sampler: "euler", sampling }, 0.5, 1);
  expect(words).toEqual([0, 0, 1, 1]);
  expect(asked).toEqual([2, 3]);
});
