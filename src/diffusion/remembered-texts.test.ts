/** Frames whose LoRA weights and prompts change: what is remembered from one frame never shows in the next. */

import { afterAll, expect, it } from "vitest";
import { KOHYA_LORA } from "../../test/support/lora-file.ts";
import { openModel } from "../models/open-model.ts";
import { type ImageRequest, renderImage } from "./img2img.ts";

const options = { device: "cpu", loras: [{ name: "style", file: KOHYA_LORA }] } as const;
const kept = await openModel("test/fixtures/tiny-sd15", options);
afterAll(() => kept.release());

it("follows every change of LoRA weights and prompts over frames as a model that has seen no frame before", async () => {
  const frames = [
    [0, "a cat"],
    [0.5, "a cat"],
    [1, "a cat"],
    [0.5, "[a cat|a dog]"],
    [0.5, "[a cat|a dog] (night:1.3)"],
    [0, "a cat"],
  ] as const;
  for (const [weight, text] of frames) {
    const fresh = await openModel("test/fixtures/tiny-sd15", options);
    const request: ImageRequest = {
      image: null,
      width: 32,
      height: 32,
      prompts: [{ text, weight: 1 }],
      negativePrompt: "blur",
      sampler: "euler",
      steps: 3,
      strength: 0,
      guidanceScale: 4,
      seed: 1,
      noiseMultiplier: 1,
      clipSkip: 0,
      loras: [{ name: "style", weight, textWeight: 0 }],
    };
    const [found, expected] = [await renderImage(kept, request), await renderImage(fresh, request)];
    await fresh.release();
    expect(found.image, `${text} at ${weight}`).toEqual(expected.image);
  }
});
