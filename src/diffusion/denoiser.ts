/** A network that predicts noise or velocity, and guidance, wrapped into "estimate the clean latent of x at this noise level". */

import type { DiffusionModel, Prediction, TextEmbedding } from "../models/model.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import type { Conditioning } from "./conditioning.ts";
import type { Control } from "./control.ts";
import { guide, type Guidance } from "./guidance.ts";
import type { Denoise } from "./samplers/sampler.ts";
import { alphaOf } from "./sigmas.ts";
import { stackEmbeddings } from "./text-embedding.ts";

/**
 * One evaluation of a network.
 * @param input latent as the network expects it, of unit variance; not kept
 * @param timestep with a fraction
 * @returns the raw prediction, epsilon or v, as long as `input`
 */
export type Predict = (input: Float32Array, timestep: number) => Promise<Float32Array>;

/**
 * Turns predictions into clean latents. With alpha = 1 / sqrt(1 + sigma²), the network sees alpha · x, and
 * - epsilon: x0 = x − sigma · epsilon
 * - v: x0 = alpha² · x − alpha · sigma · v (Salimans and Ho 2022, appendix D)
 *
 * Of flow matching, where x = (1 − s) · x0 + s · noise, the network sees x, and x0 = x − s · velocity; `sigma` is s then.
 *
 * @param timestepOf noise level to timestep; with fractions as k-diffusion has them, or rounded
 */
export function createDenoiser(
  predict: Predict,
  prediction: Prediction,
  timestepOf: (sigma: number) => number,
): Denoise {
  return async (x, sigma) => {
    const alpha = prediction === "flow" ? 1 : alphaOf(sigma);
    const input = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) input[i] = alpha * x[i]!;
    const predicted = await predict(input, timestepOf(sigma));
    const ofX = prediction === "v_prediction" ? alpha * alpha : 1;
    const ofPrediction = prediction === "v_prediction" ? alpha * sigma : sigma;
    const clean = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) clean[i] = ofX * x[i]! - ofPrediction * predicted[i]!;
    return clean;
  };
}

/**
 * The denoiser of a model under its prompts: classifier-free guidance (Ho and Salimans 2022) in one network call for the negative prompt
 * and all prompts, or the prompt alone when the conditioning has no negative part.
 *
 * @param timestepOf noise level to timestep
 * @param dims of the latent, `[1, channels, height / vaeFactor, width / vaeFactor]`
 * @param control what ControlNets add; without, the network has no inputs for it
 */
export function createGuidedDenoiser(
  model: DiffusionModel,
  timestepOf: (sigma: number) => number,
  dims: readonly number[],
  conditioning: Conditioning,
  guidance: Guidance,
  control?: Control,
): Denoise {
  const evaluate = controlled(model, guidance.scale, control);
  // Several prompts are told apart outside of the network even where guidance happens inside it.
  const inside: Guidance = { ...guidance, scale: 1 };
  const { positive, negative } = conditioning;
  const predict = negative
    ? guided(evaluate, dims, { ...conditioning, negative }, model.info.guidanceInput ? inside : guidance)
    : plain(evaluate, dims, positive);
  return createDenoiser(predict, model.info.prediction, timestepOf);
}

/** One evaluation of the UNet, with what ControlNets add. */
type Evaluate = (latents: Tensor, timestep: number, text: TextEmbedding) => Promise<Tensor>;

/** @param guidanceScale an input of models that were distilled with guidance inside; others leave it out */
function controlled(model: DiffusionModel, guidanceScale: number, control: Control | undefined): Evaluate {
  if (!control) return (latents, timestep, text) => model.predict(latents, timestep, text, { guidanceScale });
  return async (latents, timestep, text) => {
    const residuals = await control(latents, timestep, text);
    return await model.predict(latents, timestep, text, { guidanceScale, residuals });
  };
}

function plain(evaluate: Evaluate, dims: readonly number[], text: TextEmbedding): Predict {
  return async (input, timestep) => (await evaluate(tensor(dims, input), timestep, text)).data;
}

/** A conditioning with a negative part. */
type Guided = Conditioning & Required<Pick<Conditioning, "negative">>;

function guided(
  evaluate: Evaluate,
  dims: readonly number[],
  { positive, negative, weight = 1, others = [] }: Guided,
  guidance: Guidance,
): Predict {
  const [, ...sizes] = dims;
  const text = stackEmbeddings([negative, positive, ...others.map((other) => other.positive)]);
  const weights = [weight, ...others.map((other) => other.weight)];
  const count = weights.length + 1;
  return async (input, timestep) => {
    const { data } = await evaluate(tensor([count, ...sizes], repeat(input, count)), timestep, text);
    return guide(data, weights, guidance);
  };
}

function repeat(values: Float32Array, count: number): Float32Array {
  const repeated = new Float32Array(count * values.length);
  for (let i = 0; i < count; i++) repeated.set(values, i * values.length);
  return repeated;
}
