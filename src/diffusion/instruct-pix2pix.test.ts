/** A model that edits pictures by instructions, step by step against walks of diffusers 0.42.1's StableDiffusionInstructPix2PixPipeline. */

import { describe, expect, it } from "vitest";
import { worstDifference } from "../../test/support/golden.ts";
import { readingGolden } from "../../test/support/golden-inputs.ts";
import { GOLDEN_REQUEST } from "../../test/support/tiny-request.ts";
import { openWidened } from "../../test/support/widened-model.ts";
import type { DiffusionModel } from "../models/model.ts";
import { readFloats, readSafetensors } from "../models/safetensors.ts";
import { renderImage } from "./img2img.ts";

const golden = await readSafetensors("test/fixtures/tiny-instruct-pix2pix/golden.safetensors");
/** Relative to the largest value of the latent: guidance by two scales drives those of random weights to 80. */
const TOLERANCE = 1e-5;
/** Of pictures, 0–1. */
const PICTURE_TOLERANCE = 1e-4;

/** Sampler, and guidance by text and by picture. */
const WALKS: readonly [sampler: "ddim" | "euler", text: number, image: number][] = [
  ["ddim", 5, 1.5],
  ["ddim", 7.5, 3],
  ["euler", 5, 1.5],
];
const nameOf = ([sampler, text, image]: (typeof WALKS)[number]) => `${sampler}.text${text}.image${image}`;

async function goldenOf(name: string): Promise<Float32Array> {
  return (await readFloats(golden, name)).data;
}

describe("instruct-pix2pix", () => {
  it.each(WALKS)("walks as in diffusers with %s, guidance %d by text and %d by picture", async (...walk) => {
    const [sampler, guidanceScale, imageGuidanceScale] = walk;
    const opened = await openWidened(await goldenOf("conv_in.more"), 8);
    const timesteps: number[] = [];
    const latents: Float32Array[] = [];
    const model: DiffusionModel = {
      ...readingGolden(opened),
      predict: (three, timestep, ...rest) => {
        expect(three.dims).toEqual([3, 8, 16, 24]);
        timesteps.push(timestep);
        return opened.predict(three, timestep, ...rest);
      },
    };
    const { image, evaluations } = await renderImage(model, {
      ...GOLDEN_REQUEST,
      sampler,
      strength: 0,
      guidanceScale,
      imageGuidanceScale,
      // diffusers' DDIM holds latents in alpha scale.
      onStep: ({ x, sigma }) =>
        latents.push(sampler === "ddim" ? x.map((value) => value / Math.hypot(1, sigma)) : x.slice()),
    });
    expect(evaluations).toBe(6);
    expect(worstDifference(timesteps, await goldenOf(`${nameOf(walk)}.timesteps`))).toBeLessThan(1e-3);
    for (const [i, latent] of latents.entries()) {
      const name = `${nameOf(walk)}.latents.${i}`;
      const expected = await goldenOf(name);
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(worstDifference(latent, expected) / largest, name).toBeLessThan(TOLERANCE);
    }
    const planes = await goldenOf(`${nameOf(walk)}.image`);
    const area = planes.length / 3;
    const pixels = image.data.map((_, i) => planes[(i % 3) * area + Math.floor(i / 3)]!);
    expect(worstDifference(image.data, pixels)).toBeLessThan(PICTURE_TOLERANCE);
  });

  it("is compared with every golden", () => {
    const found = [...golden.tensors.keys()].map((name) =>
      name.replace(/\.(timesteps|image|latents\.\d)$/, ""),
    );
    const steps = [...golden.tensors.keys()].filter((name) => /\.latents\.\d$/.test(name));
    expect([...new Set(found)].toSorted()).toEqual(["conv_in.more", ...WALKS.map(nameOf)].toSorted());
    expect(steps).toHaveLength(6 * WALKS.length);
  });
});
