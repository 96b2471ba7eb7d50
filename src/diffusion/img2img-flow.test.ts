/** A model of flow matching from noise or picture to picture, against walks computed with diffusers 0.42.1. */

import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { worstDifference } from "../../test/support/golden.ts";
import { readingGolden } from "../../test/support/golden-inputs.ts";
import { GOLDEN_REQUEST } from "../../test/support/tiny-request.ts";
import type { DiffusionModel } from "../models/model.ts";
import { openModel } from "../models/open-model.ts";
import { readFloats, readSafetensors } from "../models/safetensors.ts";
import { toRgbImage } from "./image-tensor.ts";
import { renderImage } from "./img2img.ts";

const fixture = (path: string) => fileURLToPath(new URL(`../../test/fixtures/${path}`, import.meta.url));
/** Absolute, at values of order 1. */
const TOLERANCE = 1e-4;

const inputs = await readSafetensors(fixture("tiny-sd15/inputs.safetensors"));
const golden = await readSafetensors(fixture("tiny-flow/golden.safetensors"));
/** Walks the last 3 of 6 steps. */
const request = {
  ...GOLDEN_REQUEST,
  // The goldens' negative prompt is the embedding of the empty text, not zeros.
  negativePrompt: "no words",
  sampler: "euler",
};

const models = new Map<number, DiffusionModel>();
beforeAll(async () => {
  for (const flowShift of [1, 3]) {
    const model = await openModel(fixture("tiny-sdxl"), { device: "cpu", prediction: "flow", flowShift });
    models.set(flowShift, model);
  }
});
afterAll(async () => await Promise.all([...models.values()].map((model) => model.release())));

async function expectGolden(actual: ArrayLike<number>, name: string): Promise<void> {
  const expected = name.endsWith(".image")
    ? toRgbImage(await readFloats(golden, name)).data
    : (await readFloats(golden, name)).data;
  expect(worstDifference(actual, expected), name).toBeLessThan(TOLERANCE);
}

const walks: [sampler: string, shift: number, kind: "img2img" | "txt2img"][] = [
  ["euler", 1, "img2img"],
  ["euler", 3, "img2img"],
  ["euler", 1, "txt2img"],
  ["euler", 3, "txt2img"],
  ["heun", 1, "txt2img"],
];

describe("a model of flow matching", () => {
  it.each(walks)("is walked by %s with shift %d as in diffusers' %s", async (sampler, shift, kind) => {
    const model = models.get(shift)!;
    const timesteps: number[] = [];
    const latents: Float32Array[] = [];
    const networkInputs: Float32Array[] = [];
    const watched: DiffusionModel = {
      ...readingGolden(model),
      predict: (both, timestep, text) => {
        timesteps.push(timestep);
        networkInputs.push(both.data.slice(0, both.data.length / 2));
        return model.predict(both, timestep, text);
      },
    };
    const { image } = await renderImage(watched, {
      ...request,
      sampler,
      image: kind === "img2img" ? request.image : null,
      onStep: ({ x }) => latents.push(x.slice()),
    });
    const name = `${sampler}.shift${shift}.${kind}`;
    const expected = [...(await readFloats(golden, `${name}.timesteps`)).data];
    expect(timesteps).toHaveLength(expected.length);
    timesteps.forEach((timestep, i) => expect(Math.abs(timestep - expected[i]!)).toBeLessThan(1e-3));
    if (kind === "img2img") await expectGolden(networkInputs[0]!, `${name}.noisy`);
    const steps = [...golden.tensors.keys()].filter((key) => key.startsWith(`${name}.latents.`));
    expect(latents).toHaveLength(steps.length);
    for (const [i, latent] of latents.entries()) await expectGolden(latent, `${name}.latents.${i}`);
    await expectGolden(image.data, `${name}.image`);
  });

  it("covers every golden", () => {
    const names = walks.map(([sampler, shift, kind]) => `${sampler}.shift${shift}.${kind}`);
    const found = [...golden.tensors.keys()].map((name) => name.replace(/\.(\w+|latents\.\d)$/, ""));
    expect([...new Set(found)].toSorted()).toEqual(names.toSorted());
  });

  it("leaves the picture alone where a mask keeps it", async () => {
    const model = models.get(3)!;
    const mask = { cells: new Uint8Array(24 * 16), keep: request.image, start: "noise" as const };
    const { image } = await renderImage(model, { ...request, mask });
    const { mean } = await model.encodeImage(await readFloats(inputs, "image"));
    const expected = toRgbImage(await model.decodeLatents(mean)).data;
    expect(Math.max(...image.data.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(TOLERANCE);
  });

  it("is refused to samplers that count on the levels of diffusion", async () => {
    await expect(renderImage(models.get(1)!, { ...request, sampler: "euler_a" })).rejects.toThrow(
      "Euler a cannot walk a model of flow matching",
    );
  });
});
