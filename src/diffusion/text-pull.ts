/** How far a prompt pulls a model's prediction away from that without any text: large for prompts whose picture was learned by heart. */

import { ModelError } from "../errors.ts";
import type { DiffusionModel } from "../models/model.ts";
import { normalNoise } from "../tensor/random.ts";
import { elementCount, tensor } from "../tensor/tensor.ts";
import { conditionOn } from "./conditioning.ts";
import { planWalk } from "./noise-walk.ts";
import { findSampler } from "./samplers/table.ts";
import { stackEmbeddings } from "./text-embedding.ts";

export interface TextPullRequest {
  readonly prompt: string;
  /** Pixels, multiples of the model's vaeFactor. */
  readonly width: number;
  readonly height: number;
  /** One network evaluation, of both texts, for each. */
  readonly seeds: readonly number[];
}

/**
 * The size of the difference between the prediction for the prompt and that for the empty text, at the first step from noise alone: the root of its
 * mean square, averaged over the seeds. In the model's own prediction (noise, or velocity), so numbers of two models cannot be compared.
 *
 * Source: Wen et al. 2024 ("Detecting, explaining, and mitigating memorization in diffusion models", arXiv 2407.21720), equation 2 at T = 1; there the
 * norm is not divided by the number of cells.
 *
 * @throws ModelError for models that have no prediction without text, or take pictures besides
 */
export async function measureTextPull(
  model: DiffusionModel,
  { prompt, width, height, seeds }: TextPullRequest,
): Promise<number> {
  const { info } = model;
  requireTwoPredictions(model);
  const walk = planWalk(info, findSampler("euler"), 1);
  const sigma = walk.sigmas[0]!;
  // What the network sees of a latent of this level: alpha · x for diffusion, x itself for flow matching.
  const scale = info.prediction === "flow" ? 1 : sigma / Math.sqrt(1 + sigma * sigma);
  const sizes = [info.latentChannels, height / info.vaeFactor, width / info.vaeFactor];
  const count = elementCount(sizes);
  const { positive, negative } = await conditionOn(model, [{ text: prompt, weight: 1 }], "", 0);
  const text = stackEmbeddings([negative!, positive]);
  let sum = 0;
  for (const seed of seeds) {
    const noise = normalNoise(seed, "latent", count);
    const latents = new Float32Array(2 * count);
    for (let i = 0; i < count; i++) latents[i] = latents[count + i] = scale * noise[i]!;
    const { data } = await model.predict(tensor([2, ...sizes], latents), walk.timestepOf(sigma), text);
    sum += distance(data.subarray(0, count), data.subarray(count));
  }
  return sum / seeds.length;
}

/** Root of the mean of the squared differences. */
function distance(a: Float32Array, b: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(squares / a.length);
}

function requireTwoPredictions({ info }: DiffusionModel): void {
  if (info.guidanceInput) {
    throw new ModelError("the model has guidance inside: it gives no prediction without the prompt", {
      where: info.name,
      hint: "Check the prompt with the model that it was distilled from.",
    });
  }
  if (info.inputChannels !== info.latentChannels) {
    throw new ModelError(
      `the model takes ${info.inputChannels} channels, pictures beside the latent; the check starts from noise alone`,
      { where: info.name, hint: "Check the prompt with the model that it was trained from." },
    );
  }
}
