/** What a frame of a run was made from, as its file tells. */

import { z } from "zod";
import { readFileWithin } from "../files.ts";
import { LIMITS } from "../limits.ts";
import { readPngText } from "../tensor/png-text.ts";

export interface FrameRecipe {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly seed: number;
  readonly model: { readonly name: string; readonly sha256: string };
}

const recipeText = z.object({
  model: z.object({ name: z.string(), sha256: z.string() }),
  plan: z.object({
    seed: z.number(),
    prompts: z.array(z.object({ text: z.string(), weight: z.number() })),
    negativePrompt: z.string(),
  }),
});

/** Reads the text that a render leaves in its frames; null for pictures from elsewhere. */
export async function readFrameRecipe(path: string): Promise<FrameRecipe | null> {
  try {
    const texts = readPngText(await readFileWithin(path, LIMITS.picture.fileBytes));
    const text = texts.find(({ keyword }) => keyword === "animate")?.text;
    const { model, plan } = recipeText.parse(JSON.parse(text ?? "null"));
    const { seed, negativePrompt } = plan;
    return { prompt: plan.prompts.map((prompt) => prompt.text).join(" / "), negativePrompt, seed, model };
  } catch {
    // No PNG, or one that somebody else wrote: nothing is known about it, and nothing has to be.
    return null;
  }
}
