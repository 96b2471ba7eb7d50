/** Classifier-free guidance as pure numbers: what the prompts say beyond the negative prompt, weighed, and its contrast taken back. */

export interface Guidance {
  /** Factor on the difference that the prompts make. */
  readonly scale: number;
  /** Share of the contrast added by guidance that is taken back, 0–1. */
  readonly rescale: number;
}

/**
 * One prediction from those of a batch: negative + sum of weight · scale · (prompt − negative).
 *
 * Source: Ho and Salimans 2022; several prompts: Liu et al. 2022 ("Compositional visual generation"), equation 11, as
 * stable-diffusion-webui composes them.
 *
 * @param predictions of the negative prompt and then of each prompt, one behind the other
 * @param weights of the prompts
 */
export function guide(
  predictions: Float32Array,
  weights: readonly number[],
  { scale, rescale }: Guidance,
): Float32Array {
  const length = predictions.length / (weights.length + 1);
  const guided = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const without = predictions[i]!;
    let difference = 0;
    for (let k = 0; k < weights.length; k++) {
      difference += weights[k]! * scale * (predictions[(k + 1) * length + i]! - without);
    }
    guided[i] = without + difference;
  }
  if (rescale > 0) takeContrastBack(guided, guide(predictions, weights, { scale: 1, rescale: 0 }), rescale);
  return guided;
}

/**
 * Scales `guided` in place toward the standard deviation that the prompts have by themselves. Source: Lin et al. 2023 ("Common diffusion
 * noise schedules and sample steps are flawed"), equations 14 to 16; diffusers `rescale_noise_cfg`.
 */
function takeContrastBack(guided: Float32Array, plain: Float32Array, share: number): void {
  const deviation = standardDeviation(guided);
  if (deviation === 0) return;
  const factor = share * (standardDeviation(plain) / deviation) + (1 - share);
  for (let i = 0; i < guided.length; i++) guided[i]! *= factor;
}

/** With the divisor n; the ratio of two is the same with n − 1. */
function standardDeviation(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / values.length);
}
