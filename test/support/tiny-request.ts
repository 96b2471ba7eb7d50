/** The picture that most tests of whole pictures ask for; its start picture and noise are those of the goldens. */

import { fileURLToPath } from "node:url";
import { toRgbImage } from "../../src/diffusion/image-tensor.ts";
import type { ImageRequest } from "../../src/diffusion/img2img.ts";
import { readFloats, readSafetensors } from "../../src/models/safetensors.ts";
import type { RgbImage } from "../../src/tensor/image.ts";

const INPUTS = fileURLToPath(new URL("../fixtures/tiny-sd15/inputs.safetensors", import.meta.url));
const inputs = await readSafetensors(INPUTS);
const noise = (await readFloats(inputs, "noise")).data;

/** Not square: 48 × 32 pixels, latent 24 × 16. */
export const TINY_REQUEST: ImageRequest & { readonly image: RgbImage } = {
  image: toRgbImage(await readFloats(inputs, "image")),
  width: 48,
  height: 32,
  prompts: [{ text: "a red cat", weight: 1 }],
  negativePrompt: "",
  sampler: "ddim",
  steps: 6,
  strength: 0.6,
  guidanceScale: 5,
  seed: 7,
  noiseMultiplier: 1,
  clipSkip: 0,
};

/** As the goldens were computed, for models that are `readingGolden`. */
export const GOLDEN_REQUEST: typeof TINY_REQUEST = {
  ...TINY_REQUEST,
  prompts: [{ text: "golden", weight: 1 }],
  noise: () => noise,
};
