/** What 8 bits do to pictures of the embedded model, as long as a frame walks. */

import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openModel } from "../models/open-model.ts";
import type { Precision } from "../models/precision.ts";
import { type ImageRequest, renderImage } from "./img2img.ts";

const STORYBOOK = fileURLToPath(new URL("../../presets/models/storybook/", import.meta.url));

const request: ImageRequest = {
  image: null,
  width: 128,
  height: 128,
  prompts: [{ text: "a red dragon over mountains at sunset", weight: 1 }],
  negativePrompt: "",
  sampler: "dpmpp_2m_karras",
  steps: 6,
  strength: 0,
  guidanceScale: 4,
  seed: 3,
  noiseMultiplier: 1,
  clipSkip: 0,
};

async function paint(precision: Precision): Promise<Float32Array> {
  const model = await openModel(STORYBOOK, { device: "cpu", precision });
  const { image } = await renderImage(model, request);
  await model.release();
  return image.data;
}

/** Of pictures of 0 to 1, in decibels. */
function peakSignalToNoise(found: Float32Array, expected: Float32Array): number {
  const error = expected.reduce((sum, value, i) => sum + (value - found[i]!) ** 2, 0) / expected.length;
  return -10 * Math.log10(error);
}

it("in 8 bits the embedded model paints the same picture to 28 dB", async () => {
  const ratio = peakSignalToNoise(await paint("int8"), await paint("fp32"));
  expect(ratio).toBeGreaterThan(28);
  expect(ratio).toBeLessThan(60);
});
