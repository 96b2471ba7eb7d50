/** Catches networks that gave no picture, at the stage where it happened. */

import { RenderError } from "../errors.ts";

/** Stages by name in messages, and why each may fail. */
const LIKELY_CAUSES = {
  "encoding the prompt": "the text encoder's weights are damaged; check the model files",
  "encoding the start picture":
    "the VAE overflows, which fp16 weights may do; use a VAE in fp32, and check that the start picture holds no NaN",
  denoising:
    "guidance_scale or a prompt weight is too high, or fp16 weights overflow in the UNet; lower them, or use fp32 weights",
  decoding: "the VAE overflows, which fp16 weights may do; use a VAE in fp32",
} as const;

export type DiffusionStage = keyof typeof LIKELY_CAUSES;

/** @throws RenderError naming the stage when a value is NaN or infinite */
export function requireFinite(values: Float32Array, stage: DiffusionStage): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at === -1) return;
  throw new RenderError(
    `${stage} gave ${values[at]} at value ${at} of ${values.length}, expected finite numbers`,
    {
      hint: LIKELY_CAUSES[stage],
    },
  );
}

/**
 * @param pixels 0–1, clamped
 * @throws RenderError when every value is 0, or every one 1
 */
export function requirePicture(pixels: Float32Array): void {
  const [first] = pixels;
  if ((first !== 0 && first !== 1) || !pixels.every((value) => value === first)) return;
  throw new RenderError(`decoding gave a picture that is all ${first === 0 ? "black" : "white"}`, {
    hint: "guidance_scale may be too high, or the model and its VAE do not belong together; lower it, and try another seed",
  });
}
