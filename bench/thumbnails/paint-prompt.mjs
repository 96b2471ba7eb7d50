/** A picture of the embedded model for benchmarks of stills. */
import { renderImage } from "../../dist/diffusion/img2img.js";
import { toByteImage } from "../../dist/tensor/image.js";

/** 256 × 256, guidance 4, without a negative prompt. */
export async function paintPrompt(model, prompt, { steps, seed }) {
  const { image } = await renderImage(model, {
    image: null,
    width: 256,
    height: 256,
    prompts: [{ text: prompt, weight: 1 }],
    negativePrompt: "",
    sampler: "dpmpp_2m_karras",
    steps,
    strength: 0,
    guidanceScale: 4,
    seed,
    noiseMultiplier: 1,
    clipSkip: 0,
  });
  return toByteImage(image);
}
