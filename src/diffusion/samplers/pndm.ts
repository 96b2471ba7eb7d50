/** PNDM (PLMS): the network's answers of the last four steps, weighed as Adams and Bashforth do. */

import { slopeAt } from "./blend.ts";
import type { Sampler } from "./sampler.ts";
import { walk } from "./walk.ts";

/** Adams–Bashforth weights of this and the earlier answers, by how many there are. */
const WEIGHTS = [
  [],
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
];

/**
 * Pseudo linear multistep. Source: Liu et al. 2022 ("PNDM"), equation 12; diffusers `PNDMScheduler` with `skip_prk_steps`, the form in
 * which Stable Diffusion uses it. One network evaluation per step, and one more in the first of several, which is taken again with the mean
 * of the answers at its two ends.
 *
 * Answers are averaged as the network gives them, epsilon or v, as in diffusers.
 */
export const pndm: Sampler = (denoise, start, sigmas, options) => {
  const { prediction = "epsilon" } = options;
  const answers: Float32Array[] = [];
  return walk(start, sigmas, options, async (x, sigma, next, index) => {
    const denoised = await denoise(x, sigma);
    const answer = toAnswer(x, denoised, sigma, prediction);
    const isRetaken = index === 0 && sigmas.length > 2;
    if (isRetaken) {
      const ahead = x.slice();
      moveAlong(ahead, answer, sigma, next, prediction);
      const answerAhead = toAnswer(ahead, await denoise(ahead, next), next, prediction);
      moveAlong(x, weigh([answer, answerAhead], [1 / 2, 1 / 2]), sigma, next, prediction);
    }
    answers.unshift(answer);
    answers.splice(4);
    if (!isRetaken) moveAlong(x, weigh(answers, WEIGHTS[answers.length]!), sigma, next, prediction);
    return denoised;
  });
};

type Prediction = "epsilon" | "v_prediction";

/** What the network said of x: epsilon = (x − x0) / sigma, or v = alpha · (epsilon − sigma · x0). */
function toAnswer(
  x: Float32Array,
  denoised: Float32Array,
  sigma: number,
  prediction: Prediction,
): Float32Array {
  const answer = slopeAt(x, denoised, sigma);
  if (prediction === "epsilon") return answer;
  const alpha = 1 / Math.sqrt(1 + sigma * sigma);
  for (let i = 0; i < x.length; i++) answer[i] = alpha * (answer[i]! - sigma * denoised[i]!);
  return answer;
}

/** x ← x + (next − sigma) · epsilon, with epsilon = alpha · v + sigma · alpha² · x for an answer in v. */
function moveAlong(
  x: Float32Array,
  answer: Float32Array,
  sigma: number,
  next: number,
  prediction: Prediction,
): void {
  const alpha = 1 / Math.sqrt(1 + sigma * sigma);
  const ofAnswer = (next - sigma) * (prediction === "epsilon" ? 1 : alpha);
  const ofX = 1 + (prediction === "epsilon" ? 0 : (next - sigma) * sigma * alpha * alpha);
  for (let i = 0; i < x.length; i++) x[i] = ofX * x[i]! + ofAnswer * answer[i]!;
}

function weigh(answers: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const sum = new Float32Array(answers[0]!.length);
  for (const [k, answer] of answers.entries()) {
    for (let i = 0; i < sum.length; i++) sum[i]! += weights[k]! * answer[i]!;
  }
  return sum;
}
